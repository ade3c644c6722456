// What a session does first is not measured: it compiles the functions and plans each statement five times over. Of 32 sessions
// that began at once the first second had an eighth of the creates of the fourth, and of the bare inserts a third. The
// service's sessions stay for hours.
const WARM_SECONDS = 3

/** In less than a second nothing is measured, and nothing warm. */
export const warmSecondsOf = (seconds: number): number => (seconds >= 1 ? WARM_SECONDS : 0)
