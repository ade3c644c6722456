// What operators, the balancer and alarms are told.
import { helpers, inFile, type Mutations, queries } from './kit.ts'

const health = 'test/http/health'
const gauges = 'test/metrics/database-gauges'

export const operation: Mutations = [
  ...inFile('helpers/is_sweep_late.sql', [
    ['five minutes', [queries, health], "interval '5 minutes'", "interval '5 hours'"],
    ['late, not in time', [queries, health], 'not exists', 'exists'],
  ]),
  ...inFile('helpers/oldest_due_seconds.sql', [['only searches fall due', [health], 'o.is_open and ', '']]),
  ...inFile('helpers/oldest_transaction_seconds.sql', [
    [
      'what cannot be seen is not zero',
      [helpers],
      "case when pg_has_role(current_user, 'pg_read_all_stats', 'usage') then",
      'case when true then',
    ],
    ['not the one that asks', [helpers], ' and a.pid <> pg_backend_pid()', ''],
    ['since it began', [helpers], 'a.xact_start', 'a.query_start'],
  ]),
  ...inFile('rest/database_state.sql', [
    [
      'a replica is refused',
      [health],
      "pg_is_in_recovery() or current_setting('default_transaction_read_only')::boolean",
      'false',
    ],
    ['the newest layer first', [health], 'l.loaded_at desc', 'l.loaded_at'],
    [
      'every layer',
      [health],
      'select l.layer from app.sql_layers l order by l.loaded_at desc',
      'select l.layer from app.sql_layers l order by l.loaded_at desc limit 1',
    ],
    ['the newest migration', [health, 'test/db/releases'], 'max(left(m.filename, 6))', 'min(left(m.filename, 6))'],
  ]),
  ...inFile('rest/order_counts.sql', [['an hour', [gauges], "interval '1 hour'", "interval '2 hours'"]]),
  ...inFile('rest/metrics.sql', [['late or not', [gauges], 'api.is_sweep_late()', 'false']]),
  ...inFile('queries/health.sql', [
    ['a layer was loaded', [queries], ' and l.layer is not null', ''],
    ['a minute', [queries], 't.seconds < 60', 't.seconds < 600'],
    ['what is not seen is not well', [queries], 'coalesce(t.seconds < 60, false)', 'coalesce(t.seconds < 60, true)'],
  ]),
]
