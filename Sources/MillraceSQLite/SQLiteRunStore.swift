#if Workflow
  import GRDB
#endif
