import { endAllAfterThisFile } from './at-the-end.ts'

endAllAfterThisFile()
