/** The state of a list, as it stands in the address: a link shows a colleague the same. */

export const PAGE_SIZES = [25, 50, 100, 200] as const

export const DEFAULT_PAGE_SIZE = 25

/** What is as by default is absent. */
export interface TableSearch {
  /** From 1. */
  readonly page?: number
  readonly size?: number
  /** The id of a column; `-` in front: the largest first. */
  readonly sort?: string
  /** The ids of the columns that are shown, with commas, where the reader chose. */
  readonly cols?: string
}

/** Reads the state of a list from an address, and leaves out what makes no sense. */
export function readTableSearch(raw: Readonly<Record<string, unknown>>): TableSearch {
  const page = Number(raw.page)
  const size = PAGE_SIZES.find((known) => known === Number(raw.size))
  return {
    ...(Number.isSafeInteger(page) && page > 1 && { page }),
    ...(size !== undefined && size !== DEFAULT_PAGE_SIZE && { size }),
    ...(isText(raw.sort) && { sort: raw.sort }),
    ...(isText(raw.cols) && { cols: raw.cols }),
  }
}

/** The positions that a page covers, 1-based and inclusive, as the API takes them. */
export function rangeOf({ page = 1, size = DEFAULT_PAGE_SIZE }: TableSearch): {
  from: number
  to: number
} {
  return { from: (page - 1) * size + 1, to: page * size }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
