/** A person in front of the Admin: a page of a real browser, on a real server. */
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import axe, { type AxeResults } from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { expect } from 'vitest'
import type { Role } from '../../../src/users/roles.ts'
import type { TestServer } from '../../support/server.ts'
import { signInAs, userOf } from './people.ts'

/** The administrator, who is there in every store. */
export const ANA = 'ana@example.com'

export const DESKTOP = { width: 1280, height: 800 }
export const PHONE = { width: 360, height: 740 }

const PICTURES = process.env.FIADO_SCREENSHOTS && resolve('screenshots')

export interface Visit {
  readonly page: Page
  readonly context: BrowserContext
  /** What went wrong so far, none of which a visit may end with. */
  readonly faults: readonly string[]
}

export interface VisitOptions {
  readonly locale?: string
  /** Who is signed in; false: nobody. */
  readonly as?: string | false
  /** Of who is signed in, where he is new to the store. */
  readonly role?: Role
}

/** Opens an address of the Admin. */
export async function visit(
  browser: Browser,
  server: TestServer,
  path: string,
  { locale = 'pt-BR', as = ANA, role = 'administrator' }: VisitOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({
    locale,
    viewport: DESKTOP,
    // Pictures and checks see the end of every movement.
    reducedMotion: 'reduce',
  })
  if (as === false) await userOf(server, { email: ANA })
  else await signInAs(context, server, { email: as, role })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const faults = watch(page)
  await page.addInitScript(TELL_VIOLATIONS)
  await page.goto(`${server.url}/admin${path}`)
  return { page, context, faults }
}

function watch(page: Page): string[] {
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return
    // A refusal of the API is the page's business.
    if (message.location().url.includes('/api/')) return
    faults.push(message.text())
  })
  return faults
}

/** Checks a page as it stands: accessible in both schemes and widths, and nothing sticks out. */
export async function check({ page }: Visit, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    for (const viewport of [DESKTOP, PHONE]) {
      await page.setViewportSize(viewport)
      await page.waitForTimeout(150)
      const at = `${name}-${colorScheme}-${viewport.width}`
      await takePicture(page, at)
      expect(await accessFaults(page), at).toEqual([])
      const overhang = await page.evaluate(OVERHANG)
      expect(overhang, `${at} is wider than its window`).toBeLessThanOrEqual(0)
    }
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  await page.setViewportSize(DESKTOP)
}

async function takePicture(page: Page, name: string): Promise<void> {
  if (!PICTURES) return
  mkdirSync(PICTURES, { recursive: true })
  await page.screenshot({ path: join(PICTURES, `${name}.png`) })
}

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

// These run in the page. They are text, because the types of the server know no DOM.
const RUN_AXE = `axe.run(document, ${JSON.stringify({
  runOnly: { type: 'tag', values: RULES },
  // The head of Mantine's dialogs is a header; all behind an open dialog is hidden from readers.
  rules: {
    'landmark-no-duplicate-banner': { enabled: false },
    'landmark-unique': { enabled: false },
  },
})})`
const OVERHANG = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
const TELL_VIOLATIONS = `document.addEventListener('securitypolicyviolation', (event) =>
  console.error('CSP: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample))`

async function accessFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<AxeResults>(RUN_AXE)
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(
      ({ html, failureSummary }) => `${id}: ${help}: ${html.slice(0, 200)} ${failureSummary}`,
    ),
  )
}
