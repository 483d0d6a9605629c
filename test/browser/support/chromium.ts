/**
 * A Chromium that nobody has to install: it comes with @sparticuz/chromium and is unpacked once a
 * machine, with fonts of its own and, where the system lacks them, the libraries it links.
 */
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const PACKAGE = resolve(import.meta.dirname, '../../../node_modules/@sparticuz/chromium')

/** The package has Linux programs only; elsewhere FIADO_CHROMIUM names one. */
export const hasChromium = process.platform === 'linux' || process.env.FIADO_CHROMIUM !== undefined

/** Starts a browser; the test closes it. */
export async function launch(): Promise<Browser> {
  const own = process.env.FIADO_CHROMIUM
  if (own) return await chromium.launch({ executablePath: own })
  const folder = await unpacked()
  return await chromium.launch({
    executablePath: join(folder, 'chromium'),
    // Root may not use the sandbox, and the package has no GPU.
    args: ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none'],
    env: environmentOf(folder),
  })
}

function environmentOf(folder: string): Record<string, string> {
  const kept = Object.entries(process.env).filter(([, value]) => value !== undefined)
  const libraries = join(folder, 'al2023', 'lib')
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    FONTCONFIG_FILE: join(folder, 'fonts.conf'),
    ...(existsSync(libraries) && { LD_LIBRARY_PATH: libraries }),
  }
}

/** Unpacks beside its place and moves it there: of several that do so at once, one wins. */
async function unpacked(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'))
  const home = join(tmpdir(), `fiado-chromium-${version}-${userInfo().uid}`)
  if (existsSync(home)) return home
  const fresh = mkdtempSync(`${home}-`)
  await unpackInto(fresh, home)
  try {
    renameSync(fresh, home)
  } catch {
    rmSync(fresh, { recursive: true, force: true })
  }
  return home
}

async function unpackInto(folder: string, home: string): Promise<void> {
  const { default: packed, inflate } = await import('@sparticuz/chromium')
  const outer = process.env.TMPDIR
  // The package unpacks into the folder for temporary files, whichever that is.
  process.env.TMPDIR = folder
  try {
    const program = await packed.executablePath()
    if (spawnSync(program, ['--version']).status !== 0) {
      await inflate(join(PACKAGE, 'bin', 'al2023.tar.br'))
    }
  } finally {
    if (outer === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = outer
  }
  mkdirSync(join(folder, 'cache'), { recursive: true })
  writeFileSync(join(folder, 'fonts.conf'), fontsConfig(home))
}

/** The same letters on every machine, so that the pictures are too. */
function fontsConfig(home: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(home, 'fonts')}</dir>
  <cachedir>${join(home, 'cache')}</cachedir>
</fontconfig>
`
}
