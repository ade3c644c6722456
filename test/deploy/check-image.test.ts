import { describe, expect, it } from 'vitest'
import { problemsWith } from './definitions.ts'

const withImage = (image: string) =>
  problemsWith((c) => {
    c.image = image
  })
const digest = `sha256:${'0123456789abcdef'.repeat(4)}`

describe('an image', () => {
  it.each([
    'weelo:fd3c2ab',
    'weelo:main-fd3c2ab',
    'registry.example:5000/weelo/orders:1.4.2',
    `weelo@${digest}`,
    `weelo:latest@${digest}`,
  ])('that means one image for ever is fit: %s', (image) => {
    expect(withImage(image)).toEqual([])
  })

  it.each([
    ['weelo:latest', 'means whatever was pushed last'],
    ['registry.example:5000/weelo:LATEST', 'means whatever was pushed last'],
    ['weelo:latest-amd64', 'means whatever was pushed last'],
    ['weelo', 'has no tag and no digest'],
    ['weelo:', 'has no tag and no digest'],
    ['registry.example:5000/weelo', 'has no tag and no digest'],
    ['weelo@sha256:0123', 'has a digest that is not sha256: and 64 hex digits'],
    ['weelo:1@', 'has a digest that is not sha256: and 64 hex digits'],
    ...['main', 'master', 'dev', 'develop', 'Stable', 'edge', 'placeholder', 'main-arm64'].map(
      (tag): [string, string] => [`registry.example/weelo:${tag}`, 'means whatever was pushed last'],
    ),
    ...[
      'weelo:$TAG',
      `weelo:$\{TAG}`,
      `$\{REPOSITORY}:fd3c2ab`,
      'weelo:{{tag}}',
      'weelo:fd3c2ab ',
      'we elo:fd3c2ab',
      'Weelo:fd3c2ab',
      'weelo:fd3c2ab:1',
      'https://registry.example/weelo:fd3c2ab',
      `weelo name@${digest}`,
      `weelo@${digest}@${digest}`,
    ].map((image): [string, string] => [image, 'is no reference to an image']),
    ['', 'is missing'],
    [
      'weelo-order-service:placeholder',
      'is the placeholder of the committed file: run npm run deploy:render with --image',
    ],
  ])('that does not is refused: "%s"', (image, why) => {
    const problems = withImage(image)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^image: /)
    expect(problems[0]).toContain(why)
  })
})
