/** How the Admin is built: `scripts/run.mjs` runs this where dist/web is missing or stale. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { parse } from '@formatjs/icu-messageformat-parser'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const OUT = resolve(import.meta.dirname, '..', process.env.FIADO_WEB_OUT ?? 'dist/web')
const PARSER = '@formatjs/icu-messageformat-parser'
/** What every page needs, in one piece: cut up along the pages it compresses worse (9 kB in all). */
const BASE = {
  name: 'base',
  test: /node_modules\/(react|react-dom|scheduler|react-intl|intl-messageformat|@formatjs|@floating-ui|@tanstack\/(query-core|react-query|router-core|react-router|history|store|react-store)|react-remove-scroll|use-sync-external-store)\//,
}
/** And what many pages and dialogs share; 2 draws in what the first page can do without. */
const PARTS = {
  name: 'parts',
  test: /node_modules\/(@mantine|@tabler|clsx|tslib)\//,
  minShareCount: 4,
}
const MESSAGES = /\/src\/messages\/[^/]+\.ts$/
const COMPRESSIBLE = /\.(js|css|svg)$/

export default defineConfig({
  root: import.meta.dirname,
  base: '/admin/',
  plugins: [react(), parsedMessages(), compressed()],
  // Messages come parsed: the browser needs no parser for them.
  resolve: { alias: { [PARSER]: `${PARSER}/no-parser.js` } },
  // The server puts a fresh one in its place with every answer (src/web/admin-pages.ts).
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: 'es2023',
    manifest: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_000,
    rolldownOptions: { output: { codeSplitting: { groups: [BASE, PARTS] } } },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8480' } },
})

/** Parses the messages here, which the browser would have to do each time. */
function parsedMessages(): Plugin {
  return {
    name: 'fiado-parsed-messages',
    enforce: 'post',
    transform(code, id) {
      if (!MESSAGES.test(id)) return undefined
      const edits = textsIn(this.parse(code)).sort((a, b) => b.start - a.start)
      const parsed = edits.reduce(
        (text, { start, end, value }) =>
          text.slice(0, start) + JSON.stringify(parse(value)) + text.slice(end),
        code,
      )
      return { code: parsed, map: null }
    },
  }
}

interface Text {
  readonly start: number
  readonly end: number
  readonly value: string
}

/** The values of all properties that are texts. */
function textsIn(node: unknown): Text[] {
  if (Array.isArray(node)) return node.flatMap(textsIn)
  if (typeof node !== 'object' || node === null) return []
  const { type, value } = node as { type?: string; value?: Partial<Text> }
  const isText = type === 'Property' && typeof value?.value === 'string'
  return isText ? [value as Text] : Object.values(node).flatMap(textsIn)
}

/** Writes each asset compressed beside itself, so that the server has nothing to compress. */
function compressed(): Plugin {
  return {
    name: 'fiado-compressed',
    apply: 'build',
    async closeBundle() {
      const folder = join(OUT, 'assets')
      const names = (await readdir(folder)).filter((name) => COMPRESSIBLE.test(name))
      await Promise.all(
        names.map(async (name) => {
          const bytes = await readFile(join(folder, name))
          await writeFile(join(folder, `${name}.br`), await promisify(brotliCompress)(bytes))
          await writeFile(join(folder, `${name}.gz`), await promisify(gzip)(bytes))
        }),
      )
    },
  }
}
