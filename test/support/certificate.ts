import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderWith } from './folder.ts';

/** A certificate for 127.0.0.1 that nobody vouches for, and where it is, for those who want to. */
export async function selfSigned() {
  const folder = await folderWith();
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const name = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const files = ['-keyout', key, '-out', cert, '-days', '2', '-nodes'];
  const newKey = ['req', '-x509', '-newkey', 'rsa:2048'];
  execFileSync('openssl', [...newKey, ...name, ...files], { stdio: 'ignore' });
  return { tls: { key: readFileSync(key), cert: readFileSync(cert) }, path: cert };
}
