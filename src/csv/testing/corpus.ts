/**
 * Files as people really send them, and what each must say. Every habit of a spreadsheet that an
 * import has to live with stands here once; a file that was misread in the field is added here.
 */
import type { Kind, Locale, Mode } from '../columns.ts'
import type { Layout } from '../read.ts'
import type { AccountValues, InvoiceValues } from '../rows.ts'

/** What must come of a row: its values, or its faults; and what was mended. */
export interface RowSays {
  readonly line: number
  readonly values?: AccountValues | InvoiceValues
  readonly faults?: readonly RegExp[]
  readonly notes?: readonly string[]
}

/** What must come of a file. */
export type Says =
  | { readonly unusable: RegExp }
  | {
      readonly rows: readonly RowSays[]
      /** Codes of the warnings, in order; none where this is absent. */
      readonly warnings?: readonly string[]
      readonly layout?: Partial<Layout>
    }

/** A file, how it is imported, and what it must say. */
export interface CorpusFile {
  readonly name: string
  readonly kind: Kind
  readonly mode?: Mode
  readonly locale?: Locale
  readonly exponent?: number
  readonly currencies?: readonly string[]
  readonly maxRows?: number
  readonly bytes: Buffer
  readonly says: Says
}

const BOM = '\ufeff'
const ONE = '0123456789ABCDEF0123456789ABCDEF-01'
const TWO = '0123456789ABCDEF0123456789ABCDEF-02'
const THREE = '0123456789ABCDEF0123456789ABCDEF-03'
const FOUR = '0123456789ABCDEF0123456789ABCDEF-04'
const HEADER = 'Email,Document,Document Type,Credit limit,Tolerance rate'
const LOCAL_HEADER = 'E-mail;Documento;Tipo de documento;Limite de crédito;Taxa de tolerância'

type Options = Omit<CorpusFile, 'name' | 'kind' | 'bytes' | 'says'>

function accounts(
  name: string,
  content: string | Buffer,
  says: Says,
  options: Options = {},
): CorpusFile {
  return { name, kind: 'accounts', mode: 'create', bytes: Buffer.from(content), says, ...options }
}

function invoices(
  name: string,
  content: string | Buffer,
  says: Says,
  options: Options = {},
): CorpusFile {
  return { name, kind: 'invoices', bytes: Buffer.from(content), says, ...options }
}

function lines(...all: readonly string[]): string {
  return `${all.join('\r\n')}\r\n`
}

/** The values of Ana's row, which most files have. */
function ana(values: AccountValues = {}): AccountValues {
  return {
    email: 'ana@exemplo.com.br',
    document: '52998224725',
    documentType: 'CPF',
    limit: 150_000n,
    ...values,
  }
}

/** A file of accounts with one row, whose credit limit is typed so, and the limit or its fault. */
function limit(
  name: string,
  typed: string,
  expected: bigint | RegExp,
  options: Options & { warnings?: readonly string[] } = {},
): CorpusFile {
  const { warnings, ...others } = options
  const row = { line: 2, ...cellSays(expected, (value) => ana({ limit: value })) }
  const content = lines(
    'Email;Document;Document Type;Credit limit',
    `ana@exemplo.com.br;52998224725;CPF;${typed}`,
  )
  return accounts(name, content, { rows: [row], ...(warnings && { warnings }) }, others)
}

/** The same with a tolerance. */
function tolerance(name: string, typed: string, expected: bigint | RegExp, options: Options = {}) {
  const row = { line: 2, ...cellSays(expected, (value) => ana({ tolerance: value })) }
  const content = lines(
    'Email;Document;Document Type;Credit limit;Tolerance',
    `ana@exemplo.com.br;52998224725;CPF;1500;${typed}`,
  )
  return accounts(name, content, { rows: [row] }, options)
}

/** The same with a document and its type. */
function document(
  name: string,
  [typed, type]: readonly [string, string],
  expected: string | RegExp,
  notes: readonly string[] = [],
): CorpusFile {
  const content = lines(
    'Email;Document;Document Type;Credit limit',
    `ana@exemplo.com.br;${typed};${type};1500`,
  )
  const restored = notes.length > 0 ? { typedDocument: typed.replaceAll('.', '') } : {}
  const said =
    typeof expected === 'string'
      ? { values: ana({ document: expected, documentType: type, ...restored }), notes }
      : { faults: [expected] }
  return accounts(name, content, { rows: [{ line: 2, ...said }] })
}

function cellSays(expected: bigint | RegExp, valuesOf: (value: bigint) => AccountValues) {
  return typeof expected === 'bigint' ? { values: valuesOf(expected) } : { faults: [expected] }
}

/** A file of invoices with one row, whose observation is written so, and the note that it says. */
function note(name: string, written: string, expected: string | null | RegExp): CorpusFile {
  const said =
    expected instanceof RegExp
      ? { faults: [expected] }
      : { values: { id: ONE, observation: expected } }
  return invoices(name, lines('Id,Observation', `${ONE},${written}`), {
    rows: [{ line: 2, ...said }],
  })
}

const PAID = (line: number, id: string): RowSays => ({ line, values: { id, status: 'Paid' } })
const OPENED = (line: number, id: string): RowSays => ({ line, values: { id, status: 'Opened' } })
const NOTED = (line: number, id: string, observation: string | null): RowSays => ({
  line,
  values: { id, observation },
})
const ONE_PAID: Says = { rows: [PAID(2, ONE)] }
const UNCLOSED = /^has a quote \("\) that is never closed$/

const UNUSABLE: readonly CorpusFile[] = [
  invoices('nothing at all', '', { unusable: /^The file is empty\.$/ }),
  invoices('only a byte order mark', BOM, { unusable: /is empty/ }),
  invoices('only blank lines and delimiters', '\r\n  \r\n;;;\r\n\r\n', { unusable: /is empty/ }),
  invoices('an Excel workbook', Buffer.from('PK\u0003\u0004\u0014\u0000[Content_Types].xml'), {
    unusable: /Excel workbook. Save it as CSV UTF-8 and send that\./,
  }),
  invoices(
    'an old Excel workbook',
    Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0, 0]),
    { unusable: /Excel workbook. Save it as CSV UTF-8/ },
  ),
  invoices(
    'UTF-16 as "Unicode text"',
    Buffer.from(`${BOM}Id\tStatus\r\n${ONE}\tPaid\r\n`, 'utf16le'),
    {
      unusable: /UTF-16. Save it as CSV UTF-8/,
    },
  ),
  invoices(
    'UTF-16, the other byte first',
    Buffer.from(`${BOM}Id\tStatus\r\n`, 'utf16le').swap16(),
    { unusable: /UTF-16/ },
  ),
  invoices('no header of ours', lines('Nome;Idade', 'Ana;30'), {
    unusable: /first line must be a header .* such as Id, Status, Observation, Payment link/,
  }),
  invoices('rows without a header', lines(`${ONE};Paid`, `${TWO};Paid`), {
    unusable: /first line must be a header/,
  }),
  invoices('accounts sent as invoices', lines(HEADER, 'ana@exemplo.com.br,52998224725,CPF,1,0'), {
    unusable: /looks like a file of accounts/,
  }),
  invoices(
    'an export of accounts sent as invoices',
    lines('Id,Email,Document,Document Type,Credit limit,Tolerance rate,Status,Balance'),
    { unusable: /looks like a file of accounts/ },
  ),
  accounts('invoices sent as accounts', lines('Id,Status,Observation', `${ONE},Paid,`), {
    unusable: /looks like a file of invoices/,
  }),
  accounts(
    'invoices sent to update accounts',
    lines('Id,Status,Observation', `${ONE},Paid,`),
    {
      unusable: /looks like a file of invoices/,
    },
    { mode: 'update' },
  ),
  invoices('a column twice', lines('Id,Status,Estado', `${ONE},Paid,Paid`), {
    unusable: /same column twice: Status and Estado \(columns 2 and 3\)/,
  }),
  invoices('no id', lines('Status,Observation', 'Paid,x'), { unusable: /no column Id/ }),
  invoices('nothing to change', lines('Id,Value', `${ONE},5`), {
    unusable: /needs Status, Observation or Payment link/,
  }),
  accounts('columns missing for opening', lines('Email;Documento', 'ana@exemplo.com.br;1'), {
    unusable: /lacks Document Type, Credit limit, which opening an account needs/,
  }),
  accounts(
    'nothing that names an account',
    lines('Document;Credit limit', '1;1'),
    { unusable: /needs Id, or Document and Document Type/ },
    { mode: 'upsert' },
  ),
  accounts(
    'nothing to change in accounts',
    lines('Id;Status', '52998224725_CPF;Open'),
    { unusable: /nothing to change/ },
    { mode: 'update' },
  ),
  invoices('a quote in the header that is never closed', `Id,"Status\r\n${ONE},Paid\r\n`, {
    unusable: /^The header, in line 1, has a quote/,
  }),
  invoices(
    'too many rows',
    lines('Id,Status', ...Array.from({ length: 1_201 }, () => `${ONE},Paid`)),
    { unusable: /has 1,201 rows; 1,000 at most: split it/ },
    { maxRows: 1_000 },
  ),
]

const FORMS: readonly CorpusFile[] = [
  invoices('commas', lines('Id,Status', `${ONE},Paid`), {
    ...ONE_PAID,
    layout: { delimiter: ',', encoding: 'utf-8', rows: 1, headerLine: 1, header: ['Id', 'Status'] },
  }),
  invoices('semicolons', lines('Id;Status', `${ONE};Paid`), ONE_PAID),
  invoices('tabs', lines('Id\tStatus', `${ONE}\tPaid`), ONE_PAID),
  invoices(
    'a tab file with commas and semicolons in its cells',
    lines('Id\tObservation', `${ONE}\ta, b; c`),
    {
      rows: [NOTED(2, ONE, 'a, b; c')],
      layout: { delimiter: '\t' },
    },
  ),
  invoices('the line that tells Excel the delimiter', lines('sep=;', 'Id;Status', `${ONE};Paid`), {
    rows: [PAID(3, ONE)],
    layout: { headerLine: 2, delimiter: ';' },
  }),
  invoices(
    'the same with a byte order mark and a tab',
    `${BOM}sep=\t\r\nId\tStatus\r\n${ONE}\tPaid`,
    {
      rows: [PAID(3, ONE)],
    },
  ),
  invoices('a byte order mark', BOM + lines('Id;Status', `${ONE};Paid`), ONE_PAID),
  invoices(
    'a byte order mark before a quote',
    BOM + lines('"Id";"Status"', `"${ONE}";"Paid"`),
    ONE_PAID,
  ),
  invoices('line ends of Unix', `Id,Status\n${ONE},Paid\n${TWO},Paid\n`, {
    rows: [PAID(2, ONE), PAID(3, TWO)],
  }),
  invoices('line ends of an old Mac', `Id,Status\r${ONE},Paid\r${TWO},Paid\r`, {
    rows: [PAID(2, ONE), PAID(3, TWO)],
  }),
  invoices('all line ends mixed', `Id,Status\r\n${ONE},Paid\n${TWO},Paid\r${THREE},Paid`, {
    rows: [PAID(2, ONE), PAID(3, TWO), PAID(4, THREE)],
  }),
  invoices('no line end at the end', `Id,Status\r\n${ONE},Paid`, ONE_PAID),
  invoices('only a header', lines('Id,Status'), { rows: [], layout: { rows: 0 } }),
  invoices(
    'blank lines before, between and after',
    lines('', ';;', 'Id;Status;', '', `${ONE};Paid;`, ';;', '  ', `${TWO};Paid;`, '', ''),
    {
      rows: [PAID(5, ONE), PAID(8, TWO)],
      layout: { headerLine: 3, rows: 2 },
    },
  ),
  invoices('a delimiter at the end of every line', lines('Id;Status;;', `${ONE};Paid;;`), ONE_PAID),
  invoices(
    'delimiters at the end of the rows only',
    lines('Id;Status', `${ONE};Paid;;;`),
    ONE_PAID,
  ),
  invoices('every cell in quotes', lines('"Id","Status"', `"${ONE}","Paid"`), ONE_PAID),
  invoices(
    'windows-1252, in its header and its cells',
    Buffer.concat([
      Buffer.from(`Id;Observação;Situação\r\n${ONE};Cobrança à vista `, 'latin1'),
      Buffer.from([0x80, 0x93, 0x94, 0x95]),
      Buffer.from(';Pago\r\n'),
    ]),
    {
      rows: [
        { line: 2, values: { id: ONE, observation: 'Cobrança à vista €“”•', status: 'Paid' } },
      ],
      layout: { encoding: 'windows-1252' },
    },
  ),
  invoices(
    'windows-1252, by one byte after a long text',
    Buffer.concat([
      Buffer.from(`Id;Observation\r\n${`${ONE};plain\r\n`.repeat(3_000)}${TWO};`),
      Buffer.from('n\u00e3o\r\n', 'latin1'),
    ]),
    {
      rows: [
        ...Array.from({ length: 3_000 }, (_, index) => NOTED(index + 2, ONE, 'plain')),
        NOTED(3_002, TWO, 'não'),
      ],
    },
  ),
  invoices(
    'one byte that is no UTF-8 in a file that says it is',
    Buffer.concat([
      Buffer.from(`${BOM}Id;Observation\r\n${ONE};não\r\n${TWO};n`),
      Buffer.from([0xe3]),
      Buffer.from(`o\r\n${THREE};é\r\n`),
    ]),
    {
      rows: [NOTED(2, ONE, 'não'), { line: 3, faults: [/no text in UTF-8/] }, NOTED(4, THREE, 'é')],
    },
  ),
  invoices(
    'half a surrogate pair',
    Buffer.concat([
      Buffer.from(`${BOM}Id;Observation\r\n${ONE};`),
      Buffer.from([0xed, 0xa0, 0x80]),
      Buffer.from(`\r\n${TWO};é\r\n`),
    ]),
    { rows: [{ line: 2, faults: [/no text in UTF-8/] }, NOTED(3, TWO, 'é')] },
  ),
  invoices('a NUL', lines('Id;Status', `${ONE};Pa\u0000id`, `${TWO};Paid`), {
    rows: [{ line: 2, faults: [/NUL/] }, PAID(3, TWO)],
  }),
  invoices('emoji and other scripts', lines('Id,Observation', `${ONE},💳 已付 دفع`), {
    rows: [NOTED(2, ONE, '💳 已付 دفع')],
  }),
]

const HEADERS: readonly CorpusFile[] = [
  accounts(
    'a header in Portuguese',
    lines(LOCAL_HEADER, 'ana@exemplo.com.br;529.982.247-25;CPF;1500,00;0,05'),
    { rows: [{ line: 2, values: ana({ tolerance: 50_000n }) }] },
  ),
  accounts(
    'a header in Spanish',
    lines(
      'Email;Documento;Tipo de documento;Límite de crédito;Tasa de tolerancia',
      'ana@exemplo.com.br;52998224725;CPF;1500,00;5%',
    ),
    { rows: [{ line: 2, values: ana({ tolerance: 50_000n }) }] },
  ),
  accounts(
    'capital letters, no accents, underscores and spaces',
    lines(
      ' E-MAIL ;DOCUMENTO;tipo_de_documento;LIMITE  DE-CREDITO',
      'ana@exemplo.com.br;52998224725;CPF;1500',
    ),
    { rows: [{ line: 2, values: ana() }] },
  ),
  accounts(
    'the names of the API',
    lines('creditLimit,documentType,document,email', '1500,CPF,52998224725,ana@exemplo.com.br'),
    { rows: [{ line: 2, values: ana() }] },
  ),
  accounts(
    "columns that are nobody's",
    lines(
      'Nome;Email;Document;Document Type;Credit limit;Fone',
      'Ana;ana@exemplo.com.br;52998224725;CPF;1500;+55',
    ),
    { rows: [{ line: 2, values: ana() }], warnings: ['ignored-columns'] },
  ),
  accounts(
    'accents that are composed of two characters',
    lines(
      'E-mail;Documento;Tipo de documento;Limite de cre\u0301dito',
      'ana@exemplo.com.br;52998224725;CPF;1500',
    ),
    { rows: [{ line: 2, values: ana() }] },
  ),
  invoices(
    'our own file of errors',
    lines('Id,Status,Error', `${ONE},Paid,Status: must be …`),
    ONE_PAID,
  ),
  invoices('a column without a name', lines('Id,,Status', `${ONE},x,Paid`), ONE_PAID),
  invoices(
    'an export in Portuguese',
    lines(
      'Id;Id amigável;Id da conta;E-mail da conta;Id do pedido;Parcela;Parcelas;Valor;Vencimento;Status;Observação;Link de pagamento;Criado em;Resolvido em',
      `${ONE};100-1;52998224725_CPF;ana@exemplo.com.br;100;1;3;1.234,56;22/11/2026;Vencido;;https://loja.com/p;22/10/2026;`,
    ),
    {
      rows: [
        {
          line: 2,
          values: {
            id: ONE,
            status: 'Opened',
            observation: null,
            paymentLink: 'https://loja.com/p',
          },
        },
      ],
    },
  ),
]

const RECORDS: readonly CorpusFile[] = [
  invoices(
    'a line end within quotes',
    lines('Id,Observation,Status', `${ONE},"one\ntwo\r\nthree",Paid`, `${TWO},x,Paid`),
    {
      rows: [
        { line: 2, values: { id: ONE, observation: 'one\ntwo\r\nthree', status: 'Paid' } },
        { line: 5, values: { id: TWO, observation: 'x', status: 'Paid' } },
      ],
    },
  ),
  invoices('a line end in the header', `Id,"Payment\nlink"\n${ONE},https://loja.com/p\n`, {
    rows: [{ line: 3, values: { id: ONE, paymentLink: 'https://loja.com/p' } }],
  }),
  note('doubled quotes', '"she said ""pay"" twice"', 'she said "pay" twice'),
  note('nothing but doubled quotes', '""""', '"'),
  note(
    'quotes at the beginning and a line end',
    '"""Hi"", she said\nand left"',
    '"Hi", she said\nand left',
  ),
  note('stray quotes within a text', 'a 5" pipe "quoted"', 'a 5" pipe "quoted"'),
  note('text after a closing quote', '"5" pipe', '"5" pipe'),
  note('a delimiter within quotes', '"a, b"', 'a, b'),
  note('spaces around', '"  a  "', '  a  '),
  invoices(
    'a stray quote beside a line end within quotes',
    lines('Id,Observation,Payment link', `${ONE},"one\ntwo",`, `${TWO},5" pipe,`),
    {
      rows: [
        { line: 2, values: { id: ONE, observation: 'one\ntwo', paymentLink: null } },
        { line: 4, values: { id: TWO, observation: '5" pipe', paymentLink: null } },
      ],
    },
  ),
  invoices(
    'a quote that is never closed',
    lines(
      'Id,Observation',
      `${ONE},one`,
      `${TWO},"two`,
      `${THREE},three`,
      `${FOUR},"four, quoted"`,
    ),
    {
      rows: [
        NOTED(2, ONE, 'one'),
        { line: 3, faults: [UNCLOSED] },
        NOTED(4, THREE, 'three'),
        NOTED(5, FOUR, 'four, quoted'),
      ],
    },
  ),
  invoices(
    'a quote that is never closed, and no other quote',
    lines('Id,Observation', `${ONE},"one`, `${TWO},two`, `${THREE},three`),
    {
      rows: [{ line: 2, faults: [UNCLOSED] }, NOTED(3, TWO, 'two'), NOTED(4, THREE, 'three')],
    },
  ),
  invoices(
    'a quote that is never closed in the last line',
    lines('Id,Observation', `${ONE},one`, `${TWO},"two`),
    {
      rows: [NOTED(2, ONE, 'one'), { line: 3, faults: [UNCLOSED] }],
    },
  ),
  invoices(
    'a quote that is never closed, and inches after it',
    lines('Id,Status,Observation', `${ONE},"Paid,one`, `${TWO},Paid,5"`, `${THREE},Paid,three`),
    {
      rows: [
        { line: 2, faults: [UNCLOSED] },
        { line: 3, values: { id: TWO, status: 'Paid', observation: '5"' } },
        { line: 4, values: { id: THREE, status: 'Paid', observation: 'three' } },
      ],
    },
  ),
  invoices(
    'two quotes that are never closed, one after the other',
    lines('Id,Observation', `${ONE},"one`, `${TWO},"two`, `${THREE},"a\nb"`),
    {
      rows: [
        { line: 2, faults: [UNCLOSED] },
        { line: 3, faults: [UNCLOSED] },
        NOTED(4, THREE, 'a\nb'),
      ],
    },
  ),
  invoices(
    'a quote that is never closed, far from the end',
    lines('Id,Status', `"${ONE},Paid`, ...Array.from({ length: 4_000 }, () => `${TWO},Paid`)),
    {
      rows: [
        { line: 2, faults: [UNCLOSED] },
        ...Array.from({ length: 4_000 }, (_, index) => PAID(index + 3, TWO)),
      ],
    },
  ),
  invoices('too many fields', lines('Id;Status', `${ONE};Paid;12;50`, `${TWO};Paid`), {
    rows: [{ line: 2, faults: [/^has 4 fields where the header has 2/] }, PAID(3, TWO)],
  }),
  invoices(
    'too many fields over two lines',
    lines('Id;Value;Observation', `${ONE};1;"a\nb";50`, `${TWO};1;x`),
    {
      rows: [{ line: 2, faults: [/^has 4 fields where the header has 3/] }, NOTED(4, TWO, 'x')],
    },
  ),
  invoices(
    'too few fields',
    lines('Id;Status;Observation;Payment link;Due date', `${ONE};Paid`, `${TWO};Paid;;`),
    {
      rows: [
        { line: 2, faults: [/^has 2 fields where the header has 5$/] },
        { line: 3, values: { id: TWO, status: 'Paid', observation: null, paymentLink: null } },
      ],
    },
  ),
  note('a long text', 'x'.repeat(2_000), 'x'.repeat(2_000)),
  note(
    'a text that is too long',
    'x'.repeat(2_001),
    /^Observation: is longer than 2000 characters$/,
  ),
  note('characters count, not their halves', '💳'.repeat(2_000), '💳'.repeat(2_000)),
  invoices(
    'a line of 300 kB',
    lines('Id,Observation', `${ONE},${'x'.repeat(300_000)}`, `${TWO},two`),
    {
      rows: [{ line: 2, faults: [/^is longer than 65536 bytes$/] }, NOTED(3, TWO, 'two')],
    },
  ),
  invoices(
    'a line of 300 kB within quotes',
    lines('Id,Observation', `${ONE},"${'x, '.repeat(100_000)}"`, `${TWO},two`),
    {
      rows: [{ line: 2, faults: [/^is longer than 65536 bytes$/] }, NOTED(3, TWO, 'two')],
    },
  ),
]

const CELLS: readonly CorpusFile[] = [
  note('a formula', "=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
  note('a formula that was escaped', "'=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
  note('an apostrophe that escapes nothing', "'tis paid", "'tis paid"),
  note('an empty observation', '', null),
  note('an observation of spaces', '"  "', '  '),
  invoices(
    'states in three languages',
    lines(
      'Id,Status',
      `${ONE},PAGADA`,
      `${ONE},Abierto`,
      `${ONE},vencida`,
      `${ONE}, overdue `,
      `${ONE},Canceled`,
      `${ONE},Cancelado`,
      `${ONE},`,
    ),
    {
      rows: [
        PAID(2, ONE),
        OPENED(3, ONE),
        OPENED(4, ONE),
        OPENED(5, ONE),
        { line: 6, values: { id: ONE, status: 'Cancelled' } },
        { line: 7, values: { id: ONE, status: 'Cancelled' } },
        { line: 8, values: { id: ONE } },
      ],
    },
  ),
  invoices('a state that is none, and no id', lines('Id;Situação', ';Devolvido'), {
    rows: [
      { line: 2, faults: [/^Situação: must be Opened, Paid or Cancelled$/, /^Id: is missing$/] },
    ],
  }),
  invoices(
    'links',
    lines(
      'Id,Payment link',
      `${ONE},https://loja.com/p?a=1&b=ã`,
      `${ONE},loja.com`,
      `${ONE},javascript:alert(1)`,
      `${ONE},https://loja.com/a b`,
      `${ONE},https://loja.com/${'x'.repeat(2_048)}`,
    ),
    {
      rows: [
        { line: 2, values: { id: ONE, paymentLink: 'https://loja.com/p?a=1&b=ã' } },
        ...[3, 4, 5, 6].map((line) => ({
          line,
          faults: [/^Payment link: must be an absolute http/],
        })),
      ],
    },
  ),
  accounts(
    'e-mails',
    lines(
      'Id;Email',
      'a_CPF;ana+loja@exemplo.com.br',
      'b_CPF;ana_maria@exemplo.com.br',
      'c_CPF;joão@exemplo.com.br',
      'd_CPF; ana@exemplo.com.br ',
      "e_CPF;'+ana@exemplo.com.br",
      'f_CPF;ana@@exemplo',
    ),
    {
      rows: [
        { line: 2, values: { id: 'a_CPF', email: 'ana+loja@exemplo.com.br' } },
        { line: 3, values: { id: 'b_CPF', email: 'ana_maria@exemplo.com.br' } },
        { line: 4, values: { id: 'c_CPF', email: 'joão@exemplo.com.br' } },
        { line: 5, values: { id: 'd_CPF', email: 'ana@exemplo.com.br' } },
        { line: 6, values: { id: 'e_CPF', email: '+ana@exemplo.com.br' } },
        { line: 7, faults: [/^Email: must be an e-mail address/] },
      ],
    },
    { mode: 'update' },
  ),
  accounts(
    'empty cells change nothing',
    lines('Id;Document;Document Type;Email;Credit limit;Tolerance', 'a_CPF;;;;;0'),
    {
      rows: [{ line: 2, values: { id: 'a_CPF', tolerance: 0n } }],
    },
    { mode: 'update' },
  ),
  accounts(
    'a row that names no account',
    lines(
      'Id;Document;Document Type;Email',
      ';;CPF;ana@exemplo.com.br',
      ';52998224725;;ana@exemplo.com.br',
    ),
    {
      rows: [
        { line: 2, faults: [/^Document: is missing$/] },
        { line: 3, faults: [/^Document Type: is missing$/] },
      ],
    },
    { mode: 'update' },
  ),
  accounts('all that is wrong at once', lines(LOCAL_HEADER, 'ana;#;C P F;-5;x'), {
    rows: [
      {
        line: 2,
        faults: [
          /^E-mail: must be an e-mail/,
          /^Tipo de documento: must have 1 to 20/,
          /^Documento: must have 1 to 40/,
          /^Limite de crédito: must be zero or above$/,
          /^Taxa de tolerância: is not a rate: write it like 0\.05 or 5%$/,
        ],
      },
    ],
  }),
  document('a CPF with its points', ['529.982.247-25', 'CPF'], '52998224725'),
  document('a CPF whose zeros were lost', ['123456789', 'CPF'], '00123456789', [
    'Document: leading zeros restored: 00123456789',
  ]),
  document('a CPF shown with thousands', ['5.299.822.472', 'cpf'], '05299822472', [
    'Document: leading zeros restored: 05299822472',
  ]),
  document('a CNPJ whose zeros were lost', ['191', 'CNPJ'], '00000000000191', [
    'Document: leading zeros restored: 00000000000191',
  ]),
  document('an alphanumeric CNPJ', ['12.ABC.345/01DE-35', 'CNPJ'], '12ABC34501DE35'),
  document('a short document of another type', ['123', 'RUC'], '123'),
  document(
    'a document in scientific notation',
    ['1,23457E+13', 'CNPJ'],
    /^Document: was shortened by the spreadsheet: format the column as text/,
  ),
  document(
    'a document with a decimal',
    ['52998224725.0', 'CPF'],
    /^Document: must have 1 to 40 letters/,
  ),
  document('a document that Excel keeps as text', ['="01234567890"', 'CPF'], '01234567890'),
  document('the same in quotes', ['"=""01234567890"""', 'CPF'], '01234567890'),
]

const NUMBERS: readonly CorpusFile[] = [
  limit('a plain amount', '1234', 123_400n),
  limit('decimals after a point', '1234.56', 123_456n),
  limit('decimals after a comma', '1234,56', 123_456n),
  limit('groups and a comma', '1.234,56', 123_456n),
  limit('groups and a point', '1,234.56', 123_456n),
  limit('one decimal', '12,5', 1_250n),
  limit('many groups', '1.234.567', 123_456_700n),
  limit('reais', 'R$ 1.234,56', 123_456n),
  limit('reais with a no-break space', 'R$\u00a01.234,56', 123_456n),
  limit('a code', 'BRL 1.234,56', 123_456n, { currencies: ['BRL'] }),
  limit('a symbol after the amount', '1.234,56 €', 123_456n, { currencies: ['EUR'] }),
  limit('dollars', 'US$1,234.56', 123_456n, { currencies: ['USD'] }),
  limit('only a dollar sign', '$ 1234', 123_400n, { currencies: ['CLP', 'BRL'] }),
  limit(
    'another currency',
    'US$ 1.234,56',
    /^Credit limit: is in USD: the store's currency is BRL$/,
    { currencies: ['BRL'] },
  ),
  limit('spaces between groups', '1\u202f234\u00a0567,89', 123_456_789n),
  limit('a plus', '+5', 500n),
  limit(
    'ambiguous, with a point',
    '1.234',
    /^Credit limit: is ambiguous: 1234 or 1\.234\? Write 1234\.00$/,
  ),
  limit('ambiguous, with a comma', '1,234', /is ambiguous: 1234 or 1\.234\?/),
  limit('settled by Portuguese', '1.234', 123_400n, { locale: 'pt-BR' }),
  limit('settled by Spanish', '1.234', 123_400n, { locale: 'es' }),
  limit('settled by English', '1,234', 123_400n, { locale: 'en' }),
  limit('read against the language, but in one way', '1234.56', 123_456n, {
    locale: 'pt-BR',
    warnings: ['decimal-mark'],
  }),
  limit('three decimals in a language', '1.234', /has more decimals than the currency has \(2\)/, {
    locale: 'en',
  }),
  limit('too many decimals', '1,2345', /has more decimals than the currency has \(2\)/),
  limit('no decimals in the currency', '1.234', 1_234n, { exponent: 0 }),
  limit(
    'decimals where the currency has none',
    '1.50',
    /has more decimals than the currency has \(0\)/,
    { exponent: 0 },
  ),
  limit('three decimals in the currency, ambiguous', '1.234', /Write 1234\.00 or 1\.2340$/, {
    exponent: 3,
  }),
  limit('three decimals in the currency, settled', '1.234', 1_234n, { exponent: 3, locale: 'en' }),
  limit('zero', '0,00', 0n),
  limit('negative', '-5', /must be zero or above/),
  limit('negative in brackets', '(1.234,56)', /must be zero or above/),
  limit('negative reais', '-R$ 5,00', /must be zero or above/),
  limit(
    'scientific notation',
    '1,23E+5',
    /is in scientific notation: write an amount in full digits/,
  ),
  limit('not a number', 'NaN', /is not an amount: write it like 1234\.50/),
  limit('words', 'mil reais', /is not an amount/),
  limit('a fault of the spreadsheet', '#N/D', /is not an amount/),
  limit('groups of two', '1.23.45', /is not an amount/),
  limit('two numbers', '12 50', /is not an amount/),
  limit('a percentage as an amount', '5%', /is not an amount/),
  limit('the most', '100.000.000.000,00', 10n ** 13n),
  limit('more than the most', '100.000.000.000,01', /is above 100000000000\.00/),
  tolerance('a rate', '0.05', 50_000n),
  tolerance('a rate with a comma', '0,125', 125_000n),
  tolerance('a percentage', '5%', 50_000n),
  tolerance('a percentage with decimals and a space', '12,5 %', 125_000n),
  tolerance(
    'an ambiguous rate',
    '1.234',
    /^Tolerance: is ambiguous: 1234 or 1\.234\? Write 1234\.00 or 1\.2340$/,
  ),
  tolerance('seven decimals', '0.1234567', /has more than 6 decimals/),
  tolerance('a rate above the most', '1000,5', /is above 1000/),
  tolerance('a negative rate', '-0,1', /must be zero or above/),
  tolerance('a rate in reais', 'R$ 5', /is not a rate/),
  accounts(
    'settled by the other rows',
    lines(
      LOCAL_HEADER,
      'ana@exemplo.com.br;52998224725;CPF;1.234;',
      'bia@exemplo.com.br;11144477735;CPF;12,5;',
    ),
    {
      rows: [
        { line: 2, values: ana({ limit: 123_400n }) },
        {
          line: 3,
          values: {
            email: 'bia@exemplo.com.br',
            document: '11144477735',
            documentType: 'CPF',
            limit: 1_250n,
          },
        },
      ],
      layout: { decimalMark: ',' },
    },
  ),
  accounts(
    'settled by a rate, against the language',
    lines(LOCAL_HEADER, 'ana@exemplo.com.br;52998224725;CPF;1,500;0.05'),
    {
      rows: [{ line: 2, values: ana({ tolerance: 50_000n }) }],
      warnings: ['decimal-mark'],
      layout: { decimalMark: '.' },
    },
    { locale: 'pt-BR' },
  ),
  accounts(
    'not settled: the file does both',
    lines(
      LOCAL_HEADER,
      'ana@exemplo.com.br;52998224725;CPF;1.234,56;0.05',
      'ana@exemplo.com.br;52998224725;CPF;1.234;',
    ),
    {
      rows: [
        { line: 2, values: ana({ limit: 123_456n, tolerance: 50_000n }) },
        { line: 3, faults: [/is ambiguous/] },
      ],
      warnings: ['mixed-decimal-marks'],
    },
  ),
  accounts(
    'settled by the language: the file does both',
    lines(
      LOCAL_HEADER,
      'ana@exemplo.com.br;52998224725;CPF;1.234,56;0.05',
      'ana@exemplo.com.br;52998224725;CPF;1.234;',
      'ana@exemplo.com.br;52998224725;CPF;1234.56;',
    ),
    {
      rows: [
        { line: 2, values: ana({ limit: 123_456n, tolerance: 50_000n }) },
        { line: 3, values: ana({ limit: 123_400n }) },
        { line: 4, values: ana({ limit: 123_456n }) },
      ],
      warnings: ['mixed-decimal-marks'],
      layout: { decimalMark: ',' },
    },
    { locale: 'pt-BR' },
  ),
]

/** All files. */
export const CORPUS: readonly CorpusFile[] = [
  ...UNUSABLE,
  ...FORMS,
  ...HEADERS,
  ...RECORDS,
  ...CELLS,
  ...NUMBERS,
]
