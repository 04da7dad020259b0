import { expect, test } from 'vitest'
import { barsOption, coloursOf } from './bars'

const colours = coloursOf((name) => ` ${name} `)

interface Series {
  data: number[]
  itemStyle: Record<string, unknown>
  label: { formatter: (of: { dataIndex: number }) => string }
}
const seriesOf = (option: unknown) => (option as { series: Series[] }).series

test('a picture takes its colours from the theme', () => {
  const [found, closed] = seriesOf(
    barsOption(
      [
        { values: [1], colour: colours.accent },
        { values: [2], colour: colours.good, hollow: true },
      ],
      colours,
    ),
  )
  expect(found?.itemStyle).toEqual({ color: '--accent' })
  expect(closed?.itemStyle).toMatchObject({ color: '--paper', borderColor: '--good' })
})

test('over a bar stands its word, else its number', () => {
  const [told, plain] = seriesOf(
    barsOption(
      [
        { values: [31], words: ['32%'], colour: '' },
        { values: [31], colour: '' },
      ],
      colours,
    ),
  )
  expect(told?.label.formatter({ dataIndex: 0 })).toBe('32%')
  expect(plain?.label.formatter({ dataIndex: 0 })).toBe('31')
})

test('nothing of a picture is HTML, and nothing moves', () => {
  const option = barsOption([{ values: [], colour: '' }], colours)
  expect(option).toMatchObject({ animation: false })
  expect(option).not.toHaveProperty('tooltip')
})
