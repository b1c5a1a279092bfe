// expected-error: cannot find 'pinCurrentThread' in scope
import Millrace

func misuse() {
  pinCurrentThread(to: 0)
}
