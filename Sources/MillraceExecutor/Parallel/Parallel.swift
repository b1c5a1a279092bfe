/// Loops over ranges and arrays that the workers share.
///
/// ```swift
/// var squares = [Double](repeating: 0, count: 1_000_000)
/// Parallel.forEach(in: &squares) { index, element in element = Double(index * index) }
/// let total = Parallel.reduce(squares, identity: 0, { $0 }, combine: +)
/// ```
///
/// Nothing has to be tuned. A worker runs its part of the range in grains that it sizes by the clock (about ten microseconds), and gives the further half of what is left away
/// whenever others have emptied its deque (lazy binary splitting; Tzannes, Caragea, Barua & Vishkin 2010, DOI 10.1145/1837853.1693479;
/// *we differ* in that the grain is measured, not set). So cheap and dear bodies, flat and skewed ones, split as far as they must and no further.
///
/// - **Threads.** Call these anywhere. Off a worker the loop runs on ``WorkStealingExecutor/shared`` and the calling thread is blocked meanwhile;
///   in `async` code go to a worker first (``WorkStealingExecutor/run(priority:cancellation:_:)``, a task executor preference).
/// - **Mutation.** Closures cannot mutate what they capture. What a loop changes it is given: elements or slices of its array.
/// - **Errors.** A loop throws one of the errors that its body threw, and the rest is not started. Which elements were visited is then not defined.
/// - **Cancellation.** A loop whose body can throw *any* error sees that its task or token is cancelled within one grain, and throws
///   `CancellationError`. A body that cannot throw runs for every element: the loop could not say that it did not. Write `{ (i) throws in … }` to make
///   a loop stoppable.
public enum Parallel {}
