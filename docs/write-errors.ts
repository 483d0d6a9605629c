/** Writes docs/errors.md from the catalogue: `node docs/write-errors.ts` (Node 24). */
import { writeFileSync } from 'node:fs'
import { errorsPage } from './errors-page.ts'

writeFileSync(new URL('./errors.md', import.meta.url), errorsPage())
