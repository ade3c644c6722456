// Names that read like the domain, not like Postgres: orders, id, customerId.
export const naming: GraphileConfig.Plugin = {
  name: 'WeeloNaming',
  version: '1.0.0',
  inflection: {
    replace: {
      /** Our own ids are shown as id; there is no Relay node id that would want the name. */
      _attributeName(previous, _preset, details) {
        return previous?.call(this, { ...details, skipRowId: true }) ?? details.attributeName
      },
      /** all_orders → orders */
      _allRows(previous, _preset, resource) {
        return this.camelCase((previous?.call(this, resource) ?? '').replace(/^all[-_]?/i, ''))
      },
      /** One row that holds all of them. */
      tableType(previous, _preset, codec) {
        return codec.name === 'settings' ? 'Settings' : (previous?.call(this, codec) ?? '')
      },
      customQueryListField(_previous, _preset, details) {
        return this.customQueryField(details)
      },
      /** p_order_id → orderId */
      argument(_previous, _preset, { param, index }) {
        return this.camelCase((param.name ?? `arg${index}`).replace(/^p_/, ''))
      },
      functionRecordReturnCodecName(previous, _preset, details) {
        const { rowType } = details.pgProc.getTags() as { rowType?: string }
        return rowType === undefined ? (previous?.call(this, details) ?? '') : this.upperCamelCase(rowType)
      },
    },
  },
}
