/** The documentation of the API, as a browser shows it: its policy lets in what it needs. */
import { expect, test } from 'vitest'
import { startServer } from '../support/server.ts'
import { hasChromium, launch } from './support/chromium.ts'

test.skipIf(!hasChromium)(
  '/docs lists the operations, and its policy is broken by nothing',
  async () => {
    const [server, browser] = await Promise.all([startServer(), launch()])
    try {
      const page = await browser.newPage()
      const faults: string[] = []
      page.on('console', (message) => {
        if (message.type() === 'error') faults.push(message.text())
      })
      page.on('pageerror', (error) => faults.push(error.message))
      await page.goto(`${server.url}/docs/`)
      await page.getByText('/api/creditcontrol/accounts', { exact: true }).first().waitFor()
      expect(faults).toEqual([])
    } finally {
      await browser.close()
      await server.close()
    }
  },
)
