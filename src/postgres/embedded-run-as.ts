/**
 * PostgreSQL refuses to run as root. This finds a way to run it as somebody else who can still
 * reach the programs and the data, wherever they lie, without changing anybody's directories.
 */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import type { Binaries } from './embedded-binaries.ts'
import { EmbeddedPostgresError } from './embedded-error.ts'
import { failureIn, type Layout, type Owner } from './embedded-layout.ts'

export interface RunAs {
  /** Words put before the program. */
  readonly prefix: readonly string[]
  /** The user whom Node itself switches to; empty where the prefix does it, or nobody need. */
  readonly ids: { readonly uid?: number; readonly gid?: number }
  /** Who must own what the server writes; undefined where that is us in any case. */
  readonly owner?: Owner
  /** PostgreSQL's major version. */
  readonly major: string
}

type Way = Omit<RunAs, 'major'>

interface Outcome {
  readonly code: number | string
  readonly stdout: string
  readonly stderr: string
}

const USER = 'postgres'
/** `nobody` on all but Apple's systems; a last resort that every passwd file has. */
const NOBODY: Owner = { uid: 65_534, gid: 65_534 }
const PROBE_TIMEOUT_MS = 20_000

/**
 * The first way to run PostgreSQL that works here, tried with `initdb --show`, which changes
 * nothing. Throws EmbeddedPostgresError where none does.
 */
export async function findRunAs(binaries: Binaries, layout: Layout): Promise<RunAs> {
  const isRoot = process.getuid?.() === 0
  let failure = ''
  for (const way of isRoot ? await waysOfRoot() : waysOfUser()) {
    const outcome = await probe(way, binaries, layout)
    const version = /^VERSION=(\d+)/m.exec(outcome.stdout)?.[1]
    if (outcome.code === 0 && version) return { ...way, major: version }
    failure ||= failureIn(outcome.stderr) || `it ended with ${outcome.code}`
  }
  throw new EmbeddedPostgresError(
    (await brokenBinary(binaries)) ??
      (isRoot ? rootAdvice(failure, layout) : userAdvice(failure, layout)),
  )
}

/** The environment of PostgreSQL's programs: nothing of ours (PGDATA, locale, passwords) leaks in. */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  if (process.platform === 'win32') return process.env
  return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }
}

async function waysOfRoot(): Promise<Way[]> {
  const owner = (await databaseUser()) ?? NOBODY
  return [
    { prefix: [], ids: owner, owner },
    // Parents that only root may enter (0700): the one capability to pass through them.
    { prefix: dropTo(owner, 'dac_read_search'), ids: {}, owner },
    // Containers often withhold that one and grant the wider one.
    { prefix: dropTo(owner, 'dac_override'), ids: {}, owner },
    // No setpriv, or no second user at all: root outside who is somebody else inside.
    { prefix: userNamespace(owner), ids: {}, owner: { uid: 0, gid: process.getgid?.() ?? 0 } },
  ]
}

function waysOfUser(): Way[] {
  const plain: Way = { prefix: [], ids: {} }
  // initdb wants a passwd entry for its user, which a container run with --user may lack.
  return process.platform === 'linux'
    ? [plain, { prefix: userNamespace(NOBODY), ids: {} }]
    : [plain]
}

function dropTo({ uid, gid }: Owner, capability: string): string[] {
  const only = `-all,+${capability}`
  return [
    'setpriv',
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--no-new-privs',
    `--inh-caps=${only}`,
    `--ambient-caps=${only}`,
    `--bounding-set=${only}`,
    // Without it access(2) forgets the capability, and initdb does not find its own programs.
    '--securebits=+no_setuid_fixup',
  ]
}

function userNamespace({ uid, gid }: Owner): string[] {
  return ['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`]
}

async function probe(way: Way, binaries: Binaries, layout: Layout): Promise<Outcome> {
  const show = [binaries.initdb, '--show', '--locale=C', '-D', layout.cluster]
  if (!way.owner) return await run([...way.prefix, ...show], way)
  const enter = ['sh', '-c', 'cd "$0" && exec "$@"', layout.dataDir]
  return await run([...way.prefix, ...enter, ...show], way)
}

function run([program = '', ...args]: string[], way?: Way): Promise<Outcome> {
  const options = {
    ...way?.ids,
    // The folder we stand in may be closed to that user.
    ...(process.platform !== 'win32' && { cwd: '/' }),
    env: postgresEnvironment(),
    timeout: PROBE_TIMEOUT_MS,
  }
  return new Promise((resolve) => {
    const done = (error: Error | null, stdout = '', stderr = '') => {
      const code = error ? ((error as { code?: number | string }).code ?? 'a signal') : 0
      // initdb shows its settings on stderr.
      resolve({ code, stdout: stdout + stderr, stderr: stderr || (error?.message ?? '') })
    }
    try {
      execFile(program, args, options, done)
    } catch (error) {
      done(error as Error)
    }
  })
}

/** The uid and gid of PostgreSQL's user, who is made where there is none. */
async function databaseUser(): Promise<Owner | undefined> {
  const found = (await lookUp(USER)) ?? (await lookUp('_postgres'))
  if (found || process.platform !== 'linux') return found
  const home = '/nonexistent'
  const shell = '/usr/sbin/nologin'
  await run(['groupadd', '--system', USER])
  await run([
    'useradd',
    ...['--system', '--gid', USER, '--no-create-home', '--home-dir', home, '--shell', shell, USER],
  ])
  if (await lookUp(USER)) return await lookUp(USER)
  await run(['addgroup', '-S', USER])
  await run(['adduser', '-S', '-D', '-H', '-h', home, '-s', shell, '-G', USER, USER])
  return await lookUp(USER)
}

async function lookUp(user: string): Promise<Owner | undefined> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const entry = passwd.split('\n').find((line) => line.startsWith(`${user}:`))
  const [, , uid, gid] = entry?.split(':') ?? (await directoryEntry(user))
  return Number(uid) > 0 ? { uid: Number(uid), gid: Number(gid) } : undefined
}

/** A user whom the passwd file does not list: LDAP, or macOS. */
async function directoryEntry(user: string): Promise<string[]> {
  const uid = await run(['id', '-u', user])
  if (uid.code !== 0) return []
  const gid = await run(['id', '-g', user])
  return ['', '', uid.stdout.trim(), gid.stdout.trim()]
}

/** Why the programs cannot run for anybody; undefined where they can. */
async function brokenBinary(binaries: Binaries): Promise<string | undefined> {
  const { code, stderr } = await run([binaries.postgres, '--version'])
  if (code === 0) return undefined
  const missing = stderr.includes('shared libraries')
  const advice = missing
    ? 'run "npm rebuild --ignore-scripts=false"'
    : 'this system cannot run it (Alpine and other systems without glibc cannot)'
  return `The embedded PostgreSQL does not run (${failureIn(stderr)}): ${advice}, or set DATABASE_URL`
}

function rootAdvice(failure: string, layout: Layout): string {
  return `PostgreSQL does not run as root, and no other user can reach ${layout.dataDir} and node_modules here (${failure}): run Fiado as a plain user, move the folder and FIADO_DATA_DIR to a place open to all, or set DATABASE_URL`
}

function userAdvice(failure: string, layout: Layout): string {
  const advice = failure.includes('effective user')
    ? `give user id ${process.getuid?.()} an entry in /etc/passwd`
    : `check that this user can reach ${layout.dataDir} and node_modules`
  return `PostgreSQL cannot run as this user (${failure}): ${advice}, or set DATABASE_URL`
}
