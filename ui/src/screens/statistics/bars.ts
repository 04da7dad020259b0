/** What a picture of bars is told to draw. Words stand under it as text, so it holds numbers only. Pure. */
import type { EChartsCoreOption } from 'echarts/core'

export interface Colours {
  ink: string
  paper: string
  line: string
  accent: string
  good: string
  danger: string
  font: string
}

export interface Bars {
  values: number[]
  /** What is written over each bar; else its value. */
  words?: string[]
  colour: string
  /** Drawn as a frame: two kinds of bars can be told apart without seeing colours. */
  hollow?: boolean
}

/** The colours of the theme that is shown. */
export function coloursOf(read: (name: string) => string): Colours {
  const colour = (name: string) => read(`--${name}`).trim()
  return {
    ink: colour('ink'),
    paper: colour('paper'),
    line: colour('line'),
    accent: colour('accent'),
    good: colour('good'),
    danger: colour('danger'),
    font: colour('el-font-family'),
  }
}

export function barsOption(bars: Bars[], colours: Colours): EChartsCoreOption {
  const count = Math.max(0, ...bars.map((one) => one.values.length))
  return {
    // On an old laptop a movement only delays the reading.
    animation: false,
    // The categories take equal parts of the whole width, as the columns of words below do.
    grid: { left: 0, right: 0, top: 24, bottom: 1, outerBoundsMode: 'none' },
    xAxis: {
      type: 'category',
      data: Array.from({ length: count }, (_, at) => String(at)),
      axisLabel: { show: false },
      axisTick: { show: false },
      axisLine: { lineStyle: { color: colours.line } },
    },
    yAxis: { type: 'value', show: false, min: 0, minInterval: 1 },
    series: bars.map((one) => ({
      type: 'bar',
      data: one.values,
      barMaxWidth: 48,
      barGap: '15%',
      emphasis: { disabled: true },
      itemStyle: one.hollow
        ? { color: colours.paper, borderColor: one.colour, borderWidth: 3 }
        : { color: one.colour },
      label: {
        show: true,
        position: 'top',
        color: colours.ink,
        fontFamily: colours.font,
        fontSize: 15,
        fontWeight: 'bold',
        formatter: ({ dataIndex }: { dataIndex: number }) =>
          one.words?.[dataIndex] ?? String(one.values[dataIndex] ?? ''),
      },
    })),
  }
}
