/** The only file that knows ECharts; it is loaded when the statistics are first looked at. */
import { BarChart } from 'echarts/charts'
import { GridComponent } from 'echarts/components'
import { init, use, type EChartsCoreOption } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

// On a canvas, because the SVG renderer writes `style` attributes, which the window's CSP refuses.
use([BarChart, GridComponent, CanvasRenderer])

export interface Drawing {
  draw: (option: EChartsCoreOption) => void
  fit: () => void
  end: () => void
}

/** `picked`: which bar of which series was clicked. */
export function drawing(
  element: HTMLElement,
  picked: (series: number, at: number) => void,
): Drawing {
  const chart = init(element)
  chart.on('click', ({ seriesIndex, dataIndex }) => picked(seriesIndex ?? 0, dataIndex))
  return {
    draw: (option) => chart.setOption(option, { notMerge: true }),
    fit: () => chart.resize(),
    end: () => chart.dispose(),
  }
}
