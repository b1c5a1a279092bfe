// expected-error: 'scheduler' is inaccessible due to 'internal' protection level
import Millrace

func misuse() {
  _ = WorkStealingExecutor.shared.scheduler
}
