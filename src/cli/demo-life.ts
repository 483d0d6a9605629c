/** One account between its opening and now: an agenda of steps, each at its instant of the past. */
import type { Account } from '../credit/account.ts'
import type { Command } from '../credit/commands.ts'
import type { Minor } from '../credit/money.ts'
import { type Instant, startOfDay } from '../credit/schedule.ts'
import type { StoreConfig } from '../credit/store.ts'
import type { View } from '../credit/view.ts'
import type { Person } from './demo-people.ts'
import type { Random } from './demo-random.ts'
import type { Teller } from './demo-teller.ts'

/** What becomes of an account. */
export type Fate = 'regular' | 'late' | 'cut' | 'frozen' | 'closed' | 'new'

/** What all accounts of a demo share. */
export interface Setting {
  readonly now: Instant
  readonly timeZone: string
  /** Minor units in one unit of the currency. */
  readonly unit: Minor
  readonly config: StoreConfig
}

/** Who does what; `.example` belongs to nobody (RFC 2606). */
export const CREDIT_DESK = 'paula.mendes@lojamodelo.example'
export const FINANCE_DESK = 'rafael.lima@lojamodelo.example'
export const CHECKOUT = 'loja.online@lojamodelo.example'

export const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** The people of the store work from 8:00 to 18:00. */
const OPENS_MS = 8 * HOUR_MS
const WORKDAY_MS = 10 * HOUR_MS

type Act = () => Promise<unknown>

interface Step {
  readonly at: Instant
  readonly act: Act
}

export interface LifeOptions {
  readonly teller: Teller
  readonly setting: Setting
  readonly person: Person
  readonly fate: Fate
  readonly random: Random
  readonly accountId: string
}

export class Life {
  readonly setting: Setting
  readonly person: Person
  readonly fate: Fate
  readonly random: Random
  /** E-mails that spend the credit too. */
  readonly holders: string[] = []
  readonly #teller: Teller
  readonly #accountId: string
  readonly #steps: Step[] = []
  #at: Instant
  #account: Account | undefined

  constructor({ teller, setting, person, fate, random, accountId }: LifeOptions) {
    this.setting = setting
    this.person = person
    this.fate = fate
    this.random = random
    this.#teller = teller
    this.#accountId = accountId
    this.#at = 0
  }

  /** The instant of the step under way. */
  get at(): Instant {
    return this.#at
  }

  /** The account as the last command left it. */
  get account(): Account {
    if (!this.#account) throw new Error('demo: a step came before the account was opened')
    return this.#account
  }

  /** Whole days from the step under way until now. */
  get daysLeft(): number {
    return Math.floor((this.setting.now - this.#at) / DAY_MS)
  }

  /** Plans a step within working hours of the day of `at`, after the one that is under way. */
  planOn(at: Instant, act: Act): void {
    const opens = startOfDay(at, this.setting.timeZone) + OPENS_MS
    this.planAt(opens + this.random.integer(0, WORKDAY_MS), act)
  }

  /** Plans a step some days from the one that is under way. */
  planIn(days: number, act: Act): void {
    this.planOn(this.#at + days * DAY_MS, act)
  }

  planAt(wanted: Instant, act: Act): void {
    const at = Math.max(wanted, this.#at + 1)
    const later = this.#steps.findIndex((step) => step.at > at)
    this.#steps.splice(later < 0 ? this.#steps.length : later, 0, { at, act })
  }

  /** Takes the steps in their order, those that they plan too; what lies ahead of now is left out. */
  async run(): Promise<void> {
    const { now } = this.setting
    for (;;) {
      const step = this.#steps.shift()
      if (!step || step.at > now) return
      this.#at = step.at
      await step.act()
    }
  }

  /** One command to the ledger, at the instant of the step. */
  async do(doneBy: string, command: Command): Promise<View> {
    const { view } = await this.#teller.submit(this.#at, this.#accountId, doneBy, command)
    this.#account = view.account
    return view
  }
}
