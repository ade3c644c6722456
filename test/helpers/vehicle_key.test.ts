import { describe, expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'

const key = 'select api.vehicle_key($1) as key'

describe('vehicle_key', () => {
  it.each(['17 Feet', '17 FEET', '17feet', '17 ft', '17FT', ' 1 7\tF e e t\n'])('takes %j for 17ft', (name) =>
    rolledBack(async (db) => {
      expect(await one(db, key, [name])).toEqual({ key: '17ft' })
    })(),
  )

  it.each([
    ['17 Feet', '19 Feet'],
    ['Open', 'Container'],
    ['LCV Open', 'LCV Container'],
    ['20 Feet', '20 + 4 Feet'],
    ['12 Wheel', '12 Wheel - 25 Ton'],
  ])('tells %s from %s', (here, there) =>
    rolledBack(async (db) => {
      expect(await one(db, key, [here])).not.toEqual(await one(db, key, [there]))
    })(),
  )

  it(
    'of nothing is nothing',
    rolledBack(async (db) => {
      expect(await one(db, key, [null])).toEqual({ key: null })
    }),
  )
})
