/** Passwords as argon2id hashes in PHC form: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`. */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { problem } from '../api/problems.ts'
import { normalPassword } from './password.ts'

/** What OWASP's Password Storage Cheat Sheet asks of argon2id: 19 MiB, two passes, one lane. */
const MEMORY_KIB = 19_456
const PASSES = 2
const LANES = 1
const SALT_BYTES = 16
const HASH_BYTES = 32

/** Each takes 19 MiB and a thread of four that files and names of hosts need too. */
const AT_A_TIME = 2
const MAX_WAITING = 32

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

interface Phc {
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
  readonly salt: Buffer
  readonly hash: Buffer
}

const derive = promisify(argon2)

/** Hashes and compares, a few at a time. */
export class Hasher {
  #running = 0
  readonly #waiting: (() => void)[] = []
  /** Of a password that nobody has: comparing with it takes as long as with a real one. */
  readonly #nobodys = toText({
    memory: MEMORY_KIB,
    passes: PASSES,
    parallelism: LANES,
    salt: randomBytes(SALT_BYTES),
    hash: randomBytes(HASH_BYTES),
  })

  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES)
    const phc = { memory: MEMORY_KIB, passes: PASSES, parallelism: LANES, salt }
    return toText({ ...phc, hash: await this.#derive(password, phc, HASH_BYTES) })
  }

  /** True where the password belongs to the hash. Without a hash: false, in the same time. */
  async matches(password: string, stored: string | null | undefined): Promise<boolean> {
    const phc = fromText(stored ?? this.#nobodys)
    const hash = await this.#derive(password, phc, phc.hash.length)
    return timingSafeEqual(hash, phc.hash) && Boolean(stored)
  }

  async #derive(password: string, phc: Omit<Phc, 'hash'>, length: number): Promise<Buffer> {
    const { memory, passes, parallelism, salt } = phc
    const message = Buffer.from(normalPassword(password), 'utf8')
    const work = { message, nonce: salt, memory, passes, parallelism, tagLength: length }
    await this.#enter()
    try {
      return await derive('argon2id', work)
    } finally {
      this.#leave()
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < AT_A_TIME) {
      this.#running += 1
      return
    }
    if (this.#waiting.length >= MAX_WAITING) throw problem('overloaded', {})
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Whoever waits longest takes the place. */
  #leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#running -= 1
  }
}

function toText({ memory, passes, parallelism, salt, hash }: Phc): string {
  const parameters = `m=${memory},t=${passes},p=${parallelism}`
  return `$argon2id$v=19$${parameters}$${bare(salt)}$${bare(hash)}`
}

function fromText(text: string): Phc {
  const [, memory, passes, parallelism, salt = '', hash = ''] = PHC.exec(text) ?? []
  if (hash === '') throw new Error('A stored password is no argon2id hash')
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  }
}

/** Base64 without padding, as PHC strings have it. */
function bare(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}
