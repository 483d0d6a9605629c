/** An array parameter as PostgreSQL's own text: the driver then needs no types of the database. */

/** `{"a",NULL,"b"}`: cast it where it is used, `${arrayOf(ids)}::text[]`. */
export function arrayOf(cells: readonly (string | null)[]): string {
  // Nearly no text needs an escape, and asking once is much faster than asking for each.
  if (SPECIAL.test(cells.join(''))) return `{${cells.map(quoted).join(',')}}`
  let text = '{'
  for (const cell of cells) {
    if (text.length > 1) text += ','
    text += cell === null ? 'NULL' : `"${cell}"`
  }
  return `${text}}`
}

const SPECIAL = /["\\]/

function quoted(cell: string | null): string {
  return cell === null ? 'NULL' : `"${cell.replaceAll(/["\\]/g, '\\$&')}"`
}

/** The same for numbers, instants and booleans, whose text needs no quotes. */
export function plainArrayOf(
  cells: readonly (string | number | bigint | boolean | null)[],
): string {
  let text = '{'
  for (const cell of cells) {
    if (text.length > 1) text += ','
    text += cell === null ? 'NULL' : cell
  }
  return `${text}}`
}
