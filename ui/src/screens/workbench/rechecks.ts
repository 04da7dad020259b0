/** The rechecks that wait, as the lists behind them count. Pure. */
import type { Rechecks } from '../../bindings/Rechecks'

/** Within a week is today as well, in the list as in plain words; the shell counts what comes after today. */
export const dueParts = ({ overdue, today, week }: Rechecks) => ({
  overdue,
  today,
  week: today + week,
})
