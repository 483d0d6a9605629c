/** A server whose clock is off by CLOCK_SHIFT_MS: there is no such setting, so it is a program. */
import { readConfig } from '../../../src/config.ts'
import { serve } from '../../../src/serve.ts'
import { setUp } from '../../../src/setup.ts'

const config = readConfig(process.env)
const { databaseUrl = '' } = config
const shift_ms = Number(process.env.CLOCK_SHIFT_MS)
const now = (): number => Date.now() + shift_ms

await setUp(databaseUrl, config, now())
const running = await serve({ config, databaseUrl, version: 'test', now })
console.log(`API ${running.url}/api/creditcontrol`)
process.once('SIGTERM', () => void running.stop().then(() => process.exit(0)))
