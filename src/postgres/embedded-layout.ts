/** What the embedded PostgreSQL keeps in the data directory, and who may touch it. */
import { randomBytes } from 'node:crypto'
import {
  access,
  chmod,
  constants,
  lchown,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
} from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { EmbeddedPostgresError, systemCode } from './embedded-error.ts'

export interface Layout {
  readonly dataDir: string
  /** The cluster: PostgreSQL's own data directory. */
  readonly cluster: string
  readonly passwordFile: string
  readonly logFile: string
  /** Locked while a process starts or stops the server. */
  readonly lockFile: string
  /** Locked by the owner of the server for as long as it lives. */
  readonly ownerFile: string
}

export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** Unfinished clusters are made beside the cluster under this name. */
export const UNFINISHED = 'postgres.init-'

const MAX_LOG_BYTES = 10 * 1024 * 1024
const LOG_TAIL_BYTES = 64 * 1024

/** The paths under one data directory. */
export function layoutOf(dataDir: string): Layout {
  const root = resolve(dataDir)
  return {
    dataDir: root,
    cluster: join(root, 'postgres'),
    passwordFile: join(root, 'postgres-password'),
    logFile: join(root, 'postgres.log'),
    lockFile: join(root, 'postgres.lock'),
    ownerFile: join(root, 'postgres.owner'),
  }
}

/** Makes the data directory; throws EmbeddedPostgresError where this user cannot work in it. */
export async function openDataDir(layout: Layout): Promise<void> {
  // As root PostgreSQL runs as another user, who must pass through here; the files guard themselves.
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700
  try {
    const made = await mkdir(layout.dataDir, { recursive: true, mode })
    if (made) await chmod(layout.dataDir, mode)
    await refuseForeignCluster(layout)
    await access(layout.dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error
    throw new EmbeddedPostgresError(
      `The data directory ${layout.dataDir} cannot be used (${systemCode(error) || String(error)}): make it writable for this user, or choose another FIADO_DATA_DIR`,
    )
  }
}

/** Another user's server can be neither stopped nor restarted: say so before trying. */
async function refuseForeignCluster(layout: Layout): Promise<void> {
  const uid = process.getuid?.()
  if (!uid) return
  const cluster = await statOf(layout.cluster)
  if (cluster && cluster.uid !== uid) throw foreignCluster(layout, cluster.uid, uid)
}

/**
 * Hands the cluster to the user that PostgreSQL runs as here, where root made it under another
 * one. Throws EmbeddedPostgresError where it is a plain user's.
 */
export async function adjustOwner(layout: Layout, owner: Owner): Promise<void> {
  const cluster = await stat(layout.cluster)
  if (cluster.uid === owner.uid) return
  const root = await stat(layout.dataDir)
  if (root.uid !== 0 && cluster.uid === root.uid) throw foreignCluster(layout, cluster.uid, 0)
  const entries = await readdir(layout.cluster, { recursive: true })
  for (const entry of entries) await lchown(join(layout.cluster, entry), owner.uid, owner.gid)
  // The top last: its owner says that all below is done.
  await lchown(layout.cluster, owner.uid, owner.gid)
}

function foreignCluster(layout: Layout, theirs: number, ours: number): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `The database in ${layout.cluster} belongs to user id ${theirs}, and this is user id ${ours}: run Fiado as the user who made it, hand ${layout.dataDir} over with "chown -R", or choose another FIADO_DATA_DIR`,
  )
}

/** The major version of the cluster; undefined where there is none yet. */
export async function clusterVersion(layout: Layout): Promise<string | undefined> {
  const version = await textOf(join(layout.cluster, 'PG_VERSION'))
  if (version !== undefined) return version.trim()
  const entries = await readdir(layout.cluster).catch(() => [])
  if (entries.length === 0) return undefined
  throw new EmbeddedPostgresError(
    `${layout.cluster} is not empty and is not a PostgreSQL cluster (no PG_VERSION): move it away, or choose another FIADO_DATA_DIR`,
  )
}

/** Removes what an initdb that was killed left behind. */
export async function clearUnfinished(layout: Layout): Promise<void> {
  for (const name of await readdir(layout.dataDir)) {
    if (!name.startsWith(UNFINISHED)) continue
    await rm(join(layout.dataDir, name), { recursive: true, force: true, maxRetries: 5 })
  }
}

/**
 * The password of the database user, made up where there is none.
 * Throws EmbeddedPostgresError where a cluster exists whose password is lost.
 */
export async function loadPassword(layout: Layout, clusterExists: boolean): Promise<string> {
  const stored = (await textOf(layout.passwordFile))?.trim()
  if (stored) return stored
  if (clusterExists) {
    throw new EmbeddedPostgresError(
      `${layout.passwordFile} is missing: restore it from the backup of this data directory`,
    )
  }
  const password = randomBytes(24).toString('base64url')
  const unfinished = `${layout.passwordFile}.new`
  await writeDurably(unfinished, `${password}\n`)
  await rename(unfinished, layout.passwordFile)
  return password
}

/** Writes a file only its owner reads, and waits until it is on the disk. */
export async function writeDurably(path: string, text: string): Promise<void> {
  await rm(path, { force: true })
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes the entries of a directory survive a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const directory = await open(path)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** Sets a log aside that has grown past 10 MB. */
export async function rotateLog(layout: Layout): Promise<void> {
  const size = (await statOf(layout.logFile))?.size ?? 0
  if (size > MAX_LOG_BYTES) await rename(layout.logFile, `${layout.logFile}.1`)
}

/** The length of the log in bytes. */
export async function logSize(layout: Layout): Promise<number> {
  return (await statOf(layout.logFile))?.size ?? 0
}

/** Why PostgreSQL gave up, from what it logged after the given byte: its last FATAL line. */
export async function lastFailure(layout: Layout, from: number): Promise<string> {
  const file = await open(layout.logFile, 'r')
  try {
    const { size } = await file.stat()
    const start = Math.max(from, size - LOG_TAIL_BYTES)
    const tail = Buffer.alloc(Math.max(0, size - start))
    await file.read(tail, 0, tail.length, start)
    return failureIn(tail.toString('utf8'))
  } finally {
    await file.close()
  }
}

/** The line of a program's output that says best why it failed; '' where it said nothing. */
export function failureIn(output: string): string {
  // What a server that is not ready tells our own polling is no reason.
  const lines = output
    .split('\n')
    .filter((line) => line.trim() && !line.includes('FATAL:  the database system is '))
  const worst = lines.findLast((line) => /\b(FATAL|PANIC|error):/.test(line)) ?? lines.at(-1) ?? ''
  return worst.replace(/^.*?\b(FATAL|PANIC|error):\s*/, '').trim()
}

async function statOf(path: string) {
  return await stat(path).catch((error) => {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  })
}

async function textOf(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch((error) => {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  })
}
