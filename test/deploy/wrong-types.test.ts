import { describe, expect, it } from 'vitest'
import { problemsWith } from './definitions.ts'

describe('a wrong type', () => {
  it('is named with what to write, and hides nothing else', () => {
    const problems = problemsWith((c) => {
      c.environment = [{ name: 'TRUSTED_PROXIES', value: 1 as never }]
      Object.assign(c, { stopTimeout: '5', image: 'weelo:latest', essential: 'false' })
    })
    expect(problems).toEqual([
      'essential: is a string: write false',
      'TRUSTED_PROXIES: is a number: write "1"',
      'stopTimeout: is a string: write 5',
      expect.stringMatching(/^DATABASE_URL: is required in production for ROLE=all/),
      expect.stringMatching(/^ADMIN_DATABASE_URL: is required in production for ROLE=all/),
      expect.stringMatching(/^image: "weelo:latest" means/),
      expect.stringMatching(/^stopTimeout: is 5/),
      expect.stringMatching(/^essential: is false/),
    ])
  })

  it('is not repeated where it may be a secret', () => {
    const problems = problemsWith((c) => {
      for (const name of ['JWT_SECRET', 'JWT_SECERT']) c.environment.push({ name, value: 271828 as never })
      c.secrets.push({ name: 'DATABASE_URL', valueFrom: 271828 as never })
    })
    for (const name of ['JWT_SECRET', 'JWT_SECERT']) expect(problems).toContain(`${name}: is a number: write a string`)
    expect(problems).toContainEqual(expect.stringMatching(/^JWT_SECRET: is a secret in plain text/))
    expect(problems.join()).not.toContain('271828')
  })

  it('that means nothing is named, and the rest is judged', () => {
    expect(problemsWith((c) => Object.assign(c, { stopTimeout: {}, image: 'weelo' }))).toEqual([
      expect.stringMatching(/^containerDefinitions.0.stopTimeout: .*expected number/),
      expect.stringMatching(/^image: "weelo" has no tag/),
      expect.stringMatching(/^stopTimeout: is missing/),
    ])
  })
})
