/** What happens to a demo account itself: opened, raised, cut, frozen, closed, and when it buys. */
import { newAccountId, newHolderId } from '../api/context.ts'
import { accountIdOf } from '../credit/identity.ts'
import { SYSTEM } from '../ledger/batch.ts'
import { CREDIT_DESK, DAY_MS, FINANCE_DESK, Life, type LifeOptions } from './demo-life.ts'
import { buy, buyAndPay, buyMuch } from './demo-orders.ts'

/** The past that a demo tells, in days. */
export const HISTORY_DAYS = 120

/** In units of the currency. */
const LIMITS_OF_PEOPLE = [500, 800, 1_000, 1_500, 2_000, 3_000, 5_000, 8_000] as const
const LIMITS_OF_COMPANIES = [5_000, 10_000, 15_000, 25_000, 40_000, 60_000, 120_000] as const
const TOLERANCES = [20_000n, 50_000n, 100_000n] as const

const FREEZE_REASONS = [
  'Títulos vencidos há mais de 30 dias',
  'Cadastro em revisão',
  'Suspeita de fraude: aguardando documentos',
] as const

/** Lets one account live from its opening to now. */
export async function tellStory(options: Omit<LifeOptions, 'accountId'>): Promise<void> {
  const { person, random, setting } = options
  // What the Admin opens has a UUID; what the API opens is named after the document.
  const accountId = random.chance(15)
    ? newAccountId()
    : accountIdOf(person.document, person.documentType)
  const life = new Life({ ...options, accountId })
  life.planOn(setting.now - ageOf(life) * DAY_MS, () => open(life))
  life.planAt(setting.now, () => recordExpiries(life))
  await life.run()
}

/** Days since the account was opened. */
function ageOf({ fate, random }: Life): number {
  if (fate === 'new') return random.integer(1, 10)
  if (fate === 'regular') return random.integer(30, HISTORY_DAYS)
  return random.integer(HISTORY_DAYS - 15, HISTORY_DAYS)
}

async function open(life: Life): Promise<void> {
  const { random, person, setting, fate } = life
  const { document, documentType, email, isCompany } = person
  const units = random.pick<number>(isCompany ? LIMITS_OF_COMPANIES : LIMITS_OF_PEOPLE)
  const limit = BigInt(units) * setting.unit
  const tolerance = random.chance(35) ? random.pick<bigint>(TOLERANCES) : 0n
  const buyer = { document, documentType, email }
  await life.do(CREDIT_DESK, { type: 'openAccount', ...buyer, limit, tolerance })
  planHolders(life)
  planOrders(life)
  planFate(life)
  if (fate === 'closed' || fate === 'new') return
  if (random.chance(25)) life.planIn(random.integer(15, 60), () => raise(life))
  if (random.chance(10)) life.planIn(random.integer(15, 60), () => tolerate(life))
  if (random.chance(10)) life.planIn(random.integer(10, 40), () => debit(life))
}

function planHolders(life: Life): void {
  const { random, person, holders } = life
  if (!random.chance(person.isCompany ? 40 : 15)) return
  for (const email of person.companions.slice(0, random.integer(1, person.companions.length))) {
    life.planIn(random.integer(1, 6), async () => {
      await life.do(CREDIT_DESK, { type: 'addHolder', holderId: newHolderId(), email })
      holders.push(email)
    })
  }
}

function planOrders(life: Life): void {
  const { random, fate, setting, daysLeft } = life
  if (fate === 'closed') life.planIn(random.integer(2, 8), () => buyAndPay(life))
  if (fate === 'new' && random.chance(50)) life.planIn(1, () => buy(life))
  if (fate === 'closed' || fate === 'new') return
  for (let count = random.integer(2, 6); count > 0; count -= 1) {
    life.planIn(random.integer(2, daysLeft), () => buy(life))
  }
  if (fate !== 'regular') {
    // Long enough ago to be overdue by now.
    life.planIn(random.integer(2, 12), () => buy(life))
    life.planIn(random.integer(30, 60), () => buy(life))
  }
  if (fate !== 'frozen' && random.chance(30)) {
    life.planAt(setting.now - random.integer(5, 2_000) * 60_000, () => buy(life))
  }
}

function planFate(life: Life): void {
  const { random, setting, fate } = life
  const ago = (from: number, to: number) => setting.now - random.integer(from, to) * DAY_MS
  if (fate === 'closed') life.planOn(ago(2, 14), () => close(life))
  if (fate === 'frozen') life.planOn(ago(2, 20), () => freeze(life))
  if (fate === 'cut') {
    life.planOn(ago(20, 25), () => buyMuch(life))
    life.planOn(ago(2, 10), () => cut(life))
  }
  if (fate === 'late' && random.chance(30)) {
    life.planOn(ago(40, 50), () => freeze(life))
    life.planOn(ago(25, 35), () => unfreeze(life))
  }
}

async function raise(life: Life): Promise<void> {
  const { random, account, setting } = life
  const more = (account.limit * BigInt(random.pick([10, 20, 25, 50]))) / 100n
  const limit = account.limit + more - (more % setting.unit)
  await life.do(CREDIT_DESK, { type: 'changeLimit', limit })
}

async function tolerate(life: Life): Promise<void> {
  const tolerance = life.random.pick([0n, ...TOLERANCES])
  await life.do(CREDIT_DESK, { type: 'changeTolerance', tolerance })
}

async function debit(life: Life): Promise<void> {
  const { random, setting } = life
  const statementId = `tarifa-${random.integer(100_000, 999_999)}`
  const value = -BigInt(random.integer(5, 90)) * setting.unit
  await life.do(FINANCE_DESK, { type: 'debit', statementId, value })
}

async function freeze(life: Life): Promise<void> {
  const reason = life.random.pick(FREEZE_REASONS)
  await life.do(CREDIT_DESK, { type: 'freezeAccount', frozen: true, reason })
}

async function unfreeze(life: Life): Promise<void> {
  const reason = 'Pendências resolvidas'
  await life.do(CREDIT_DESK, { type: 'freezeAccount', frozen: false, reason })
}

/** Below what is used: the account stands above its limit from then on. */
async function cut(life: Life): Promise<void> {
  const { account, random, setting } = life
  const used = account.owed + account.held
  const limit = (used * BigInt(random.integer(30, 60))) / 100n
  if (limit <= 0n) return
  await life.do(CREDIT_DESK, { type: 'changeLimit', limit: limit - (limit % setting.unit) })
}

async function close(life: Life): Promise<void> {
  await life.do(CREDIT_DESK, { type: 'closeAccount' })
}

/** What the sweeper of a running server would do. */
async function recordExpiries(life: Life): Promise<void> {
  const { nextExpiry } = life.account
  if (nextExpiry !== null && nextExpiry <= life.at) await life.do(SYSTEM, { type: 'expire' })
}
