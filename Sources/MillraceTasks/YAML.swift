#if Workflow
  import Crypto
  import Logging
  import Yams
#endif
