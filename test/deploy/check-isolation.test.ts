import { describe, expect, it } from 'vitest'
import { problemsWith } from './definitions.ts'

describe('the container', () => {
  it.each<[string, unknown, string]>([
    ['user', 'root', 'may be root'],
    ['user', '0', 'may be root'],
    ['user', '00', 'may be root'],
    ['user', 'node:0', 'may be root'],
    ['user', 'postgres', 'may be root'],
    ['privileged', true, 'makes the host’s root of whoever breaks in'],
    ['readonlyRootFilesystem', false, 'is not true'],
    ['readonlyRootFilesystem', undefined, 'is not true'],
    ['workingDirectory', '/', 'is not /service'],
    ['essential', false, 'is false'],
  ])('is refused with a %s of %j', (name, value, why) => {
    expect(problemsWith((c) => Object.assign(c, { [name]: value }))).toEqual([
      expect.stringContaining(`${name}: ${why}`),
    ])
  })

  it.each<[string, unknown]>([
    ['user', undefined],
    ['user', '1000'],
    ['user', 'node:node'],
    ['privileged', false],
    ['workingDirectory', '/service'],
    ['essential', undefined],
  ])('is fit with a %s of %j', (name, value) => {
    expect(problemsWith((c) => Object.assign(c, { [name]: value }))).toEqual([])
  })

  it('on another system than Linux is refused', () => {
    expect(
      problemsWith((_, whole) =>
        Object.assign(whole.runtimePlatform ?? {}, { operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE' }),
      ),
    ).toEqual([expect.stringMatching(/^runtimePlatform: operatingSystemFamily is not LINUX/)])
  })
})
