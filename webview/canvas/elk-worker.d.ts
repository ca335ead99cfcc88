/** The script has no exports: it listens to messages where it runs in a worker. */
declare module "elkjs/lib/elk-worker.min.js";
