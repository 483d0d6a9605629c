/** An array parameter as PostgreSQL's own text: the driver then needs no types of the database. */

/** `{"a",NULL,"b"}`: cast it where it is used, `${arrayOf(ids)}::text[]`. */
export function arrayOf(cells: readonly (string | null)[]): string {
  const texts = cells.map((cell) =>
    cell === null ? 'NULL' : `"${cell.replaceAll(/["\\]/g, '\\$&')}"`,
  )
  return `{${texts.join(',')}}`
}
