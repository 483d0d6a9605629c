/** Random texts and e-mails with all that could break a file or a spreadsheet. */
import fc from 'fast-check'

const NASTY = [
  "=cmd|' /C calc'!A0",
  '=HYPERLINK("http://x.example";"y")',
  "'",
  "''=1+1",
  '"',
  '""',
  '","',
  '";"',
  '+55 11 9',
  '-1',
  '@SUM(A1)',
  '="01"',
  '1.234,56',
  'R$ 1.234',
  'sep=;',
  'é́',
  '\u00a0',
  '\ufeff',
  '\u2028',
  '\ufffd',
]

const LETTERS = [...'\'"=+-@\t\r\n,;| aé', '\r\n', '💳', '👩‍👩‍👧']

const mixed = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(...LETTERS), maxLength: 40 }),
  fc.constantFrom(...NASTY),
  fc
    .array(fc.constantFrom(...NASTY, ...LETTERS), { minLength: 2, maxLength: 12 })
    .map((parts) => parts.join('')),
)

/** A note that is not empty: some say nothing but spaces, which is a matter of its own. */
export const note = fc.oneof(
  { weight: 20, arbitrary: mixed.filter((text) => text.trim() !== '') },
  { weight: 1, arbitrary: fc.constant('long "note", '.repeat(153)) },
)

/** An order id; it only goes out. */
export const orderId = mixed.map((text) => text.slice(0, 90).toWellFormed())

const LINK_PARTS = [...'abc123', '%20', '?q=', '&', ',', ';', '"', "'", '=', '+', '#', 'é', '💳']

/** An absolute URL. */
export const link = fc
  .tuple(
    fc.constantFrom('http://', 'https://', 'HTTPS://user:p"w@'),
    fc.constantFrom('pay.example', 'bücher.example:8443', '[::1]'),
    fc.array(fc.constantFrom(...LINK_PARTS), { maxLength: 20 }),
  )
  .map(([scheme, host, path]) => `${scheme}${host}/${path.join('')}`)

const EMAIL_LETTERS = [..."abXYZ019+_.'=-|!#$%&*/?^{}~é💳"]

/** The part of an e-mail that stands before its own number: it may begin as a formula does. */
export const emailName = fc.oneof(
  fc.constantFrom('', '=', '=cmd|', '+', '-', "'", "'=", "''+", 'ana+loja_', 'ÉMILE.'),
  fc
    .array(fc.constantFrom(...EMAIL_LETTERS), { minLength: 1, maxLength: 20 })
    .map((letters) => letters.join('')),
)
