/// Work on many numbers at once: the same computation for every element of an array, in SIMD registers, on one thread or on all workers.
///
/// ```swift
/// let angles: [Float] = (0..<1_000_000).map { Float($0) / 1000 }
/// var heights = [Float](repeating: 0, count: angles.count)
/// Batch.sin(angles, into: &heights)
/// let mean = Batch.sum(heights) / Float(heights.count)
/// ```
///
/// Three ways to say what is computed:
///
/// - **Kernels**, by name: ``exp(_:into:on:)``, ``sum(_:_:on:)``, ``softmax(_:into:on:)`` and the like. They are compiled for several instruction sets; the best that the
///   processor has is chosen when the program runs, see ``level``.
/// - **Programs**, ``program(_:_:)-(_,(Value<Float>)->Value<Float>)``: elementwise expressions of your own, in one pass over memory and at the same ``level``.
/// - **Closures** over SIMD vectors, ``transform(_:into:on:lanes:)``: anything at all, compiled into your module for the processor that *it* is compiled for.
///
/// All have one shape. Inputs come first, then `into:` and what is written, then `on:`.
///
/// - **Inputs and outputs** are arrays, spans, ``AlignedBuffer``s or unsafe buffers, in any combination, see ``BatchSource`` and ``BatchTarget``. Lengths that do not fit trap, and the
///   message says both.
/// - **In place.** A form with one `&` and no `into:` changes its argument. With unsafe buffers an output may also be the very memory of an input where the kernel is elementwise; memory that
///   overlaps otherwise traps. Safe code cannot express either.
/// - **Threads.** Without `on:` the calling thread does it all. ``BatchPlace/workers`` shares it with the workers, in grains: it can be cancelled between two of them, so it throws.
/// - **Answers** do not depend on the number of workers, on alignment or on the kind of memory. Reductions that are not ``Batch/Order/relaxed`` are the same to the last bit at every ``level``.
public enum Batch {}
