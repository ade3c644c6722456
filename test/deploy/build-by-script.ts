// Carries out deploy/Dockerfile's own instructions without Docker: each stage is a folder, and the Node that runs this
// stands for the base image. What it has not learnt, it refuses, so that nothing of the recipe is left out in silence.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { type Instruction, reachesBuilder, type Stage, stages } from './dockerfile.ts'

/** `root` stands for `/` of the image, `folder` is what WORKDIR says of it. */
export type Image = { root: string; folder: string; env: Record<string, string>; user: string; command: string[] }
type Build = { context: string; args: Record<string, string>; into: string }

/** Throws with what the failed RUN printed. `into` is an empty folder. */
export function buildByScript(build: Build): Image {
  const bin = binWithNode(build.into)
  const images = new Map<string, Image>()
  for (const stage of stages) images.set(stage.name, buildStage(stage, build, bin, images))
  return [...images.values()].at(-1) as Image
}

/** This Node, and npm and the tools of a slim image, in a folder that other users may enter. */
function binWithNode(into: string): string {
  const bin = join(into, 'bin')
  mkdirSync(bin)
  cpSync(process.execPath, join(bin, 'node'), { dereference: true })
  for (const tool of ['npm', 'sh', 'echo', 'grep']) symlinkSync(pathOf(tool), join(bin, tool))
  return bin
}

const pathOf = (tool: string) =>
  execFileSync('sh', ['-c', `command -v ${tool === 'echo' ? '/bin/echo' : tool}`])
    .toString()
    .trim()

function buildStage(stage: Stage, build: Build, bin: string, images: Map<string, Image>): Image {
  const root = join(build.into, `stage-${images.size}`)
  const image: Image = { root, folder: root, env: { PATH: bin }, user: 'root', command: [] }
  const args: Record<string, string> = {}
  for (const instruction of stage.instructions) carryOut(instruction, image, args, build, images)
  return image
}

function carryOut(
  instruction: Instruction,
  image: Image,
  args: Record<string, string>,
  build: Build,
  images: Map<string, Image>,
) {
  const { keyword, words, text, properties, json } = instruction
  const known = { ...args, ...image.env }
  if (keyword === 'WORKDIR') {
    image.folder = join(image.root, text)
    mkdirSync(image.folder, { recursive: true })
  } else if (keyword === 'ARG') for (const name of Object.keys(properties)) args[name] = build.args[name] ?? ''
  else if (keyword === 'ENV')
    for (const [name, value] of Object.entries(properties)) image.env[name] = expand(value ?? '', known)
  else if (keyword === 'COPY') copy(instruction, image, build.context, images)
  else if (keyword === 'RUN') run(text, image.folder, known)
  else if (keyword === 'USER') image.user = words[0] ?? ''
  else if (keyword === 'CMD') image.command = json
  else if (!['LABEL', 'EXPOSE', 'HEALTHCHECK'].includes(keyword))
    throw new Error(`This script has not learnt ${keyword}.`)
}

const expand = (text: string, known: Record<string, string>) =>
  text.replaceAll(/\$\{?(\w+)\}?/g, (_, name) => known[name] ?? '')

function copy({ words, flags }: Instruction, image: Image, context: string, images: Map<string, Image>): void {
  const destination = words.at(-1) ?? ''
  const from = flags.from === undefined ? context : (images.get(flags.from)?.root ?? '')
  for (const source of words.slice(0, -1)) {
    const target = destination.endsWith('/') ? join(destination, basename(source)) : destination
    mkdirSync(dirname(join(image.folder, target)), { recursive: true })
    const reaches = (path: string) => flags.from !== undefined || reachesBuilder(relative(context, path))
    cpSync(join(from, source), join(image.folder, target), { recursive: true, filter: reaches })
  }
}

/** How npm reaches the network, as the settings of who runs this say; nothing else of theirs gets in. */
const NETWORK = /^(home|https?_proxy|no_proxy|node_extra_ca_certs|npm_config_(registry|cafile|cache))$/i
const network = Object.fromEntries(Object.entries(process.env).filter(([name]) => NETWORK.test(name)))

function run(command: string, cwd: string, env: Record<string, string>): void {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { cwd, env: { ...network, ...env } })
  if (status !== 0) throw new Error(`RUN ${command}\n${stdout}${stderr}`)
}

/** Every file below a folder, by its path. */
export const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
