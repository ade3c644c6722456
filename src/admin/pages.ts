// How pages are asked for: cursors only, newest first, 50 rows unless the caller wants fewer or more.
export const DEFAULT_PAGE = 50
export const LARGEST_PAGE = 100

const defaultOrder: Record<string, string[]> = {
  Order: ['ID_DESC'],
  TruckRequest: ['ORDER_ID_DESC', 'REQUEST_NUMBER_ASC'],
  OrderEvent: ['ORDER_ID_DESC', 'ID_ASC'],
  Trip: ['ID_DESC'],
  Dispute: ['CREATED_AT_DESC'],
}

export const pages: GraphileConfig.Plugin = {
  name: 'WeeloPages',
  version: '1.0.0',
  after: [
    'PgFirstLastBeforeAfterArgsPlugin',
    'PgConnectionArgOrderByDefaultValuePlugin',
    'PgConnectionArgOrderByPlugin',
  ],
  schema: {
    hooks: {
      GraphQLObjectType_fields_field_args: {
        after: ['PgFirstLastBeforeAfterArgsPlugin'],
        callback(args, _build, { scope: { isPgFieldConnection, isPgFieldSimpleCollection } }) {
          const { offset: _, first, ...others } = args
          if (isPgFieldSimpleCollection) return others // a function's rows are few by nature
          if (!isPgFieldConnection || !first) return args
          const description = `How many to read, 1 to ${LARGEST_PAGE}. More: pass endCursor of this page as after.`
          return { first: { ...first, description, defaultValue: DEFAULT_PAGE }, ...others }
        },
      },
      GraphQLObjectType_fields_field_args_arg: {
        after: ['PgConnectionArgOrderByDefaultValuePlugin'],
        callback(arg, build, { scope: { argName, isPgFieldConnection, pgFieldResource } }) {
          if (argName !== 'orderBy' || !isPgFieldConnection || !pgFieldResource) return arg
          const typeName = build.inflection.tableType(pgFieldResource.codec)
          const orderBy = build.getTypeByName(build.inflection.orderByType(typeName))
          if (!orderBy || !('getValue' in orderBy)) return arg
          return { ...arg, defaultValue: defaultOrder[typeName]?.map((name) => orderBy.getValue(name)?.value) }
        },
      },
      GraphQLEnumType_values(values, build, { scope: { isPgRowSortEnum } }) {
        if (!isPgRowSortEnum) return values
        const { [build.inflection.builtin('NATURAL')]: _, ...named } = values
        return named
      },
    },
  },
}
