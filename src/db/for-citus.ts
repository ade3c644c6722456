// sql/ as a Citus database takes it. A file of sql/citus/ stands in for the one of its name; the rest is told below.
import { filesIn, type SqlFile } from './sql-file.ts'

/**
 * Four things that Citus does not take are said otherwise here, so that sql/ can be written for one server.
 * - A standard body is recorded as standing on the tables that it names, and where it also calls a function that takes a
 *   row of one, Citus finds that the table stands on itself. Text is not looked into.
 * - Plain SQL with parameters may not read a distributed table; plpgsql may.
 * - A whole row of an order (`returning o as`) comes from a shard, whose row has a type of its own.
 * - set_config() reaches no worker; who makes a move goes there with api.carry_actor().
 */
export function forCitus(files: SqlFile[]): SqlFile[] {
  const ofCitus = filesIn('citus')
  const standIns = new Map(ofCitus.map(({ text }) => [madeBy(text), text]))
  const added = ofCitus.filter(({ text }) => !files.some((file) => madeBy(file.text) === madeBy(text)))
  return [
    ...files.map((file) => ({
      ...file,
      text: inPlpgsql(standIns.get(madeBy(file.text)) ?? file.text)
        .replace(namesActor, 'api.carry_actor($1)')
        .replace(returnsWholeRow, 'returning row(o.*)::app.orders as'),
    })),
    ...added.map((file) => ({ ...file, folder: madeBy(file.text)?.startsWith('app.') ? 'guards' : 'helpers' })),
  ]
}

/** The function or view that a file makes, with its schema. */
const madeBy = (text: string) => /^create or replace (?:function|view) (\w+\.\w+)/m.exec(text)?.[1]

const namesActor = /set_config\('app\.actor', (.*?), true\)/g

const returnsWholeRow = /returning o as/g

const ofPlainSql =
  /^returns (?<type>[\s\S]*?)\nlanguage sql\n(?<attributes>[\s\S]*?)(?:begin atomic\n(?<standard>[\s\S]*?)^end;|as \$\$\n(?<text>[\s\S]*?)^\$\$;?)/gm

/** What reads nothing stays plain SQL, to be inlined. */
const readsSomething = /\b(from|join)\s+(app|api)\./

function inPlpgsql(text: string): string {
  return text.replace(ofPlainSql, (...found) => {
    const { type, attributes, standard, text } = found.at(-1) as Record<string, string>
    const body = (standard ?? text ?? '').trimEnd().replace(/;( *--.*)?$/, '')
    if (!readsSomething.test(body)) return `returns ${type}\nlanguage sql\n${attributes}as $$\n${body}\n$$;`
    const path = attributes?.includes('search_path') ? '' : "set search_path = ''\n"
    return `returns ${type}\nlanguage plpgsql\n${attributes}${path}as $$\n${returning(type ?? '', body)}\n$$;`
  })
}

/** A body that returns what the query `body` does. Names of the query mean its columns, not what is returned. */
function returning(type: string, body: string): string {
  if (/^(setof|table)\b/.test(type)) return `#variable_conflict use_column\nbegin\n  return query\n${body};\nend`
  if (!/^(app|api)\./.test(type)) return `begin\n  return (\n${body});\nend`
  return `declare\n  v_row ${type};\nbegin\n  for v_row in\n${body}\n  loop\n    return v_row;\n  end loop;\n  return null;\nend`
}
