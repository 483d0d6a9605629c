/** The program of one worker: serves until the primary says stop. Without a primary it ends. */
import cluster from 'node:cluster'

// A terminal and a service manager signal every process of ours; the primary decides for all.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

const { Metrics } = await import('./api/metrics.ts')
const { answer, ask, tell } = await import('./cluster-messages.ts')
const { readConfig } = await import('./config.ts')
const { serve } = await import('./serve.ts')

/** Longer than the primary waits for one of us. */
const METRICS_TIMEOUT_MS = 2_000

const primary = cluster.worker
if (!primary) throw new Error('This program is started by the server with FIADO_PROCESSES')

const config = readConfig(process.env)
const [, , version = ''] = process.argv
const metrics = new Metrics(() => ask(primary, 'metrics', METRICS_TIMEOUT_MS))
answer(primary, 'own metrics', () => metrics.registry.getMetricsAsJSON())

try {
  const databaseUrl = config.databaseUrl ?? ''
  const running = await serve({ config, databaseUrl, version, now: Date.now, metrics })
  onStop(() => running.stop())
  tell(primary, { kind: 'listening', url: running.url })
} catch (error) {
  const { code } = error as { code?: string }
  if (!code) throw error
  onStop(async () => undefined)
  tell(primary, { kind: 'cannot-listen', code })
}

function onStop(work: () => Promise<void>): void {
  primary?.on('message', ({ kind }: { kind: string }) => {
    if (kind === 'stop') void work().then(() => process.exit(0))
  })
}
