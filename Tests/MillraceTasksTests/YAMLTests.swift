#if Workflow
  import MillraceWorkflow
#endif
