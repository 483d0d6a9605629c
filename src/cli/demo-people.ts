/** Made-up buyers: Brazilian names in their e-mails, documents with right check digits. */
import type { Buyer } from '../credit/commands.ts'
import type { Random } from './demo-random.ts'

export interface Person extends Buyer {
  readonly isCompany: boolean
  /** E-mails of people who may spend the same credit. */
  readonly companions: readonly string[]
}

const COMPANIES_PERCENT = 40
const ALPHANUMERIC_PERCENT = 25
const COMPANIONS = 3

/** `.example` belongs to nobody (RFC 2606): no mail to these buyers ever reaches a person. */
const MAIL = ['correio.example', 'caixa.example', 'webmail.example', 'email.example'] as const

const FIRST = [
  'ana,beatriz,camila,daniela,eduarda,fernanda,gabriela,helena,isabela,juliana,larissa,mariana',
  'natalia,patricia,renata,sofia,tatiane,vanessa,antonio,bruno,caio,diego,eduardo,felipe,gustavo',
  'henrique,igor,joao,lucas,marcelo,nelson,otavio,paulo,rafael,sergio,thiago,vinicius,wagner',
]
  .join()
  .split(',') as [string, ...string[]]

const LAST = [
  'almeida,alves,andrade,araujo,barbosa,batista,borges,cardoso,carvalho,castro,costa,dias,duarte',
  'fernandes,ferreira,freitas,gomes,goncalves,lima,lopes,machado,martins,melo,mendes,monteiro',
  'moreira,nascimento,nunes,oliveira,pereira,pinto,ramos,ribeiro,rocha,rodrigues,santana,santos',
  'silva,souza,teixeira,vieira',
]
  .join()
  .split(',') as [string, ...string[]]

const TRADES = [
  'padaria,mercado,farmacia,autopecas,papelaria,construtora,distribuidora,clinica,oficina',
  'floricultura,grafica,marcenaria,pousada,restaurante,transportes,confeccoes',
]
  .join()
  .split(',') as [string, ...string[]]

const NAMES = [
  'saojorge,boavista,horizonte,ipiranga,paulista,mineira,gaucha,doserrado,bompreco,novaera',
  'primavera,tresirmaos,santaclara,litoral,central,jardim,aurora,pantanal,estrela,doporto',
]
  .join()
  .split(',') as [string, ...string[]]

const DIGITS = '0123456789'
const DIGITS_AND_LETTERS = `${DIGITS}ABCDEFGHIJKLMNOPQRSTUVWXYZ`
/** Of the second check digit; the first one has these without the first. */
const CPF_WEIGHTS = [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]
const CNPJ_WEIGHTS = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]

const DESKS = ['compras', 'financeiro', 'contato', 'compras+credito', 'contas.a.pagar'] as const

/** Makes people, no two of whom share an e-mail or a document. */
export class People {
  readonly #random: Random
  readonly #used = new Set<string>()

  constructor(random: Random) {
    this.#random = random
  }

  next(): Person {
    return this.#random.chance(COMPANIES_PERCENT) ? this.#company() : this.#individual()
  }

  #individual(): Person {
    const last = this.#random.pick(LAST)
    const domain = this.#random.pick(MAIL)
    return {
      document: this.#unused(() => newCpf(this.#random)),
      documentType: 'CPF',
      email: this.#email(this.#localPart(last), domain),
      isCompany: false,
      companions: this.#companions(() => this.#localPart(last), domain),
    }
  }

  #company(): Person {
    const name = `${this.#random.pick(TRADES)}${this.#random.pick(NAMES)}`
    const domain = `${this.#unused((attempt) => numbered(name, attempt))}.example`
    return {
      document: this.#unused(() => newCnpj(this.#random)),
      documentType: 'CNPJ',
      email: this.#email(this.#random.pick(DESKS), domain),
      isCompany: true,
      companions: this.#companions(() => this.#localPart(this.#random.pick(LAST)), domain),
    }
  }

  #companions(localPart: () => string, domain: string): string[] {
    return Array.from({ length: COMPANIONS }, () => this.#email(localPart(), domain))
  }

  #localPart(last: string): string {
    const first = this.#random.pick(FIRST)
    const year = this.#random.integer(60, 99)
    return this.#random.pick([
      `${first}.${last}`,
      `${first}.${last}`,
      `${first}${last}${year}`,
      `${first}_${last}`,
      `${first}.${last}+loja`,
    ])
  }

  #email(localPart: string, domain: string): string {
    const [name = '', tag] = localPart.split('+')
    return this.#unused((attempt) => {
      const local =
        tag === undefined ? numbered(name, attempt) : `${numbered(name, attempt)}+${tag}`
      return `${local}@${domain}`
    })
  }

  #unused(make: (attempt: number) => string): string {
    for (let attempt = 1; ; attempt += 1) {
      const made = make(attempt)
      if (this.#used.has(made)) continue
      this.#used.add(made)
      return made
    }
  }
}

function numbered(text: string, attempt: number): string {
  return attempt === 1 ? text : `${text}${attempt}`
}

function newCpf(random: Random): string {
  return withCheckDigits(characters(random, DIGITS, 9), CPF_WEIGHTS)
}

/** Since July 2026 new ones have letters too. */
function newCnpj(random: Random): string {
  const base = random.chance(ALPHANUMERIC_PERCENT)
    ? characters(random, DIGITS_AND_LETTERS, 12)
    : `${characters(random, DIGITS, 8)}000${random.integer(1, 3)}`
  return withCheckDigits(base, CNPJ_WEIGHTS)
}

/** Modulo 11, twice; a character counts as its ASCII code − 48. The second digit covers the first. */
function withCheckDigits(base: string, weights: readonly number[]): string {
  const once = base + checkDigit(base, weights.slice(1))
  return once + checkDigit(once, weights)
}

function checkDigit(text: string, weights: readonly number[]): number {
  const products = weights.map((weight, index) => weight * (text.charCodeAt(index) - 48))
  const rest = products.reduce((sum, product) => sum + product, 0) % 11
  return rest < 2 ? 0 : 11 - rest
}

function characters(random: Random, alphabet: string, count: number): string {
  return Array.from({ length: count }, () => alphabet[random.integer(0, alphabet.length - 1)]).join(
    '',
  )
}
