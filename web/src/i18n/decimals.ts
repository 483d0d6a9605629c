/** Numbers as people type them. */

/** The marks of a locale. */
export interface Decimals {
  readonly decimal: string
  readonly group: string
}

export function decimalsOf(locale: string): Decimals {
  const parts = new Intl.NumberFormat(locale, { useGrouping: 'always' }).formatToParts(12345.6)
  const mark = (type: string) => parts.find((part) => part.type === type)?.value
  return { decimal: mark('decimal') ?? '.', group: mark('group') ?? ',' }
}

/**
 * The decimal string that a text stands for, or undefined where it is no number of at most
 * `places` decimals, zero or above. Groups must be whole, so that `1.5` is not 15 where the dot
 * groups thousands.
 */
export function parseDecimal(
  text: string,
  { decimal, group }: Decimals,
  places: number,
): string | undefined {
  const [whole = '', fraction = '', ...more] = text.trim().split(decimal)
  if (more.length > 0 || fraction.length > places || !/^\d*$/.test(fraction)) return undefined
  const groups = whole.split(/\s/.test(group) ? /\s/ : group)
  const isGrouped = groups.every((part, at) => (at === 0 ? /^\d{1,3}$/ : /^\d{3}$/).test(part))
  const digits = groups.length === 1 ? whole : isGrouped ? groups.join('') : ''
  if (!/^\d+$/.test(digits)) return undefined
  return fraction === '' ? digits : `${digits}.${fraction}`
}
