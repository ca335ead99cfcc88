// ELK's worker half: it answers to the `ELK` of elk-api, which layout.ts makes.
import "elkjs/lib/elk-worker.min.js";
