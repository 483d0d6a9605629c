/** How the Admin is built: `scripts/run.mjs` runs this where dist/web is missing or stale. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const OUT = resolve(import.meta.dirname, '..', process.env.FIADO_WEB_OUT ?? 'dist/web')
const COMPRESSIBLE = /\.(js|css|svg)$/

export default defineConfig({
  root: import.meta.dirname,
  base: '/admin/',
  plugins: [react(), compressed()],
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
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8480' } },
})

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
