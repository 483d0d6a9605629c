/** A part of the page, under its title. */
import { type ReactNode, useId } from 'react'
import classes from './invoice.module.css'

export function Panel({ title, children }: { title: string; children: ReactNode }) {
  const id = useId()
  return (
    <section className={`panel ${classes.panel}`} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  )
}
