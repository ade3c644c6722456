// Imported before anything of Graphile's: without it they print a page about development mode at every start.
process.env.GRAPHILE_ENV ??= 'production'
