import { startEmbedded } from '../../src/postgres/embedded.ts'
import { scaleDatabase } from './database.ts'

const d = await startEmbedded({ dataDir: '/tmp/fiado-bench', log: console.log })
try {
  for (const n of process.argv.slice(2)) {
    const t = performance.now()
    console.log(await scaleDatabase(d.url, Number(n), console.log), (performance.now() - t) / 1000)
  }
} finally {
  await d.stop()
}
