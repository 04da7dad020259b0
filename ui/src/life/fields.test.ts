import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import en from '../locales/en.json'
import zh from '../locales/zh-CN.json'
import { fields, steps, type Field, type Need, type StepName } from './fields'

const root = join(import.meta.dirname, '../../..')
const life = readFileSync(join(root, 'docs/LIFE.md'), 'utf8')

/** The rows of the table of steps that docs/LIFE.md shows, which is generated from the core's. */
const rules = life
  .slice(life.indexOf('## Steps'), life.indexOf('## What is asked'))
  .split('\n')
  .flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim())
    const step = /`(\w+)`/.exec(cells[1] ?? '')?.[1]
    return step === undefined ? [] : [{ step, from: cells[2] ?? '', needs: cells[4] ?? '' }]
  })

/** Which fields of the form answer a need of the table. */
const answers: Record<string, string[]> = {
  '重大：五落实齐全': ['responsible', 'measures', 'funds', 'due', 'emergency'],
  '结论、复查主体': ['verdict', 'authority'],
  '执法部门复查：两名持证人员': ['inspectors'],
  '届满前若干工作日申请（录入时）': ['asked'],
  新期限更晚: ['until'],
  新期限: ['deadline'],
  理由: ['reason'],
  '审批人（录入时：有权）': ['approver'],
  措施: ['measure'],
  '级别、文号': ['level', 'number'],
  四级之一: ['rung'],
  移送对象: ['to'],
  两人: ['people'],
  '已恢复，或永久停用': ['remains_shut'],
  '重大：验收人两名': ['reviewers'],
  '重大：审核人为第三人（录入时：有权）': ['approver'],
  '重大：整改后照片': ['after'],
  '写明哪些成立、哪些不采': ['stand', 'set_aside'],
}
/** Nothing to fill in: the life itself answers. */
const noField = [
  ...['整改时限不晚于期限', '重大：已有五落实', '重大：由执法部门复查合格'],
  ...['作出人已知全部不利环节', '无待裁定的矛盾', '无待裁定的冲突（录入时）', '有整改期限'],
  ...['原期限与现期限一致', '已停产停用', '未停产停用', '重大', '已挂牌', '未挂牌或已摘牌'],
  ...['不越级（录入时）', '一般，且从未复查不合格'],
]
const needsOf = (text: string) => text.split('；').filter(Boolean)
const field = (step: string, name: string): Field | undefined =>
  (fields[step as StepName] as readonly Field[]).find((one) => one.name === name)

test('every step of the core has a row, and every row is a step of the core', () => {
  expect([...new Set(rules.map((rule) => rule.step))].sort()).toEqual([...steps].sort())
})

test('what the core asks for is a field of the form, and is marked as needed', () => {
  const gaps: string[] = []
  for (const { step, needs } of rules) {
    for (const need of needsOf(needs)) {
      if (noField.includes(need)) continue
      const names = answers[need] ?? [`? ${need}`]
      for (const name of names) {
        const found = field(step, name)
        const chosen = found?.kind === 'steps'
        if (!found || !(found.need ?? chosen)) gaps.push(`${step}.${name}`)
      }
    }
  }
  expect(gaps).toEqual([])
})

test('what only a major hazard needs is not asked of a general one', () => {
  const wrong: string[] = []
  for (const { step, needs } of rules) {
    for (const need of needsOf(needs).filter((one) => one.startsWith('重大：'))) {
      for (const name of answers[need] ?? []) {
        if (field(step, name)?.need !== 'grave') wrong.push(`${step}.${name}`)
      }
    }
  }
  expect(wrong).toEqual([])
})

test('a field is needed only where the core asks for it, or for the notice of a major hazard', () => {
  const asked = new Set(
    rules.flatMap(({ step, needs }) =>
      needsOf(needs).flatMap((need) => (answers[need] ?? []).map((name) => `${step}.${name}`)),
    ),
  )
  // Asked by the core beside the table (`check_notice`).
  const notice = ['notified.people', 'notified.way']
  const needed = steps.flatMap((step) =>
    (fields[step] as readonly Field[])
      .filter((one) => one.need)
      .map((one) => `${step}.${one.name}`),
  )
  expect(needed.filter((one) => !asked.has(one) && !notice.includes(one))).toEqual([])
})

test('a reason is optional where one of the rows of a step does without', () => {
  for (const step of new Set(rules.map((rule) => rule.step))) {
    const rows = rules.filter((rule) => rule.step === step)
    const asking = rows.filter((rule) => needsOf(rule.needs).includes('理由')).length
    const wanted: Need | undefined =
      asking === 0 ? undefined : asking === rows.length ? 'always' : 'unproved'
    expect(field(step, 'reason')?.need, step).toBe(wanted)
  }
})

test('every field has a name in both languages, and every hint its sentence', () => {
  const words = [zh.life, en.life] as unknown as Record<string, Record<string, string>>[]
  for (const step of steps) {
    for (const one of fields[step] as readonly Field[]) {
      for (const { field: names, hint } of words) {
        expect(
          names?.[`${step}_${one.name}`] ?? names?.[one.name],
          `${step}.${one.name}`,
        ).toBeTruthy()
        if (one.hint) expect(hint?.[`${step}_${one.name}`], `${step}.${one.name}`).toBeTruthy()
      }
    }
  }
})

test('every refusal that the core knows has its sentence in both languages', () => {
  const table = life.slice(life.indexOf('## What is asked'), life.indexOf('## What runs beside'))
  const keys = [...table.matchAll(/`(\w+)`/g)].map(([, key]) => key ?? '')
  const folder = join(root, 'crates/xunan-model/src/life')
  // In those files every text of several words is a key, but for the names of fields.
  const others = ['remains_shut', 'set_aside', 'false_rectification', 'snake_case', 'kebab_case']
  const beside = ['entry', 'guard', 'fold', 'contradiction'].flatMap((file) => {
    const text = readFileSync(join(folder, `${file}.rs`), 'utf8')
    return [...text.matchAll(/"([a-z]+(?:_[a-z]+)+)"/g)]
      .map(([, key]) => key ?? '')
      .filter((key) => !others.includes(key))
  })
  const all = [...new Set([...keys, ...beside, 'list_too_long', 'details_unreadable'])]
  expect(all.length).toBeGreaterThan(40)
  for (const words of [zh.fault, en.fault] as Record<string, string>[]) {
    expect(all.filter((key) => words[key] === undefined)).toEqual([])
  }
})
