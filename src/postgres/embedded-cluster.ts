/** Making a new cluster, whole or not at all. */
import { spawn } from 'node:child_process'
import { chown, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Binaries } from './embedded-binaries.ts'
import { USER } from './embedded-connection.ts'
import { EmbeddedPostgresError } from './embedded-error.ts'
import {
  failureIn,
  type Layout,
  syncDirectory,
  UNFINISHED,
  writeDurably,
} from './embedded-layout.ts'
import { postgresEnvironment, type RunAs } from './embedded-run-as.ts'

/**
 * Runs initdb in a folder beside and renames the result: a kill at any instant leaves no cluster
 * or a whole one. Throws EmbeddedPostgresError with initdb's own reason.
 */
export async function createCluster(
  layout: Layout,
  binaries: Binaries,
  runAs: RunAs,
  password: string,
): Promise<void> {
  const workshop = await mkdtemp(join(layout.dataDir, UNFINISHED))
  const passwordFile = join(workshop, 'password')
  const made = join(workshop, 'cluster')
  try {
    await writeDurably(passwordFile, `${password}\n`)
    for (const path of runAs.owner ? [passwordFile, workshop] : []) {
      await chown(path, runAs.owner?.uid ?? 0, runAs.owner?.gid ?? 0)
    }
    await runInitdb(binaries, runAs, made, passwordFile)
    await rename(made, layout.cluster)
    await syncDirectory(layout.dataDir)
  } finally {
    await rm(workshop, { recursive: true, force: true })
  }
}

async function runInitdb(
  binaries: Binaries,
  runAs: RunAs,
  cluster: string,
  passwordFile: string,
): Promise<void> {
  const [program = '', ...args] = [
    ...runAs.prefix,
    binaries.initdb,
    `--pgdata=${cluster}`,
    '--locale=C',
    // Letters beyond ASCII have a case too; the order stays that of code points.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--encoding=UTF8',
    '--auth=scram-sha-256',
    `--username=${USER}`,
    `--pwfile=${passwordFile}`,
    '--no-instructions',
  ]
  const child = spawn(program, args, {
    ...runAs.ids,
    ...(process.platform !== 'win32' && { cwd: '/' }),
    env: postgresEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const keep = (chunk: Buffer) => {
    output += chunk.toString('utf8')
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const end = await new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'nothing'))
  })
  if (end === 0) return
  throw new EmbeddedPostgresError(
    `The database could not be created (initdb: ${failureIn(output) || end}): check the free space and the rights of ${cluster}`,
  )
}
