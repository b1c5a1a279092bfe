# Kernels over many elements in Mojo: `idiomatic`, as its standard library suggests, and `same`, by the algorithm of Millrace's kernels.
from std.algorithm import vectorize
from std.collections import Array
from std.ffi import external_call
from std.math import exp, iota, log, sqrt
from std.memory import Pointer
from std.sys import argv, simd_width_of
from std.sys.intrinsics import compressed_store, gather, llvm_intrinsic
from std.time import perf_counter_ns

from max.algorithm import parallelize

comptime F = DType.float32
comptime W = simd_width_of[F]()
comptime V = SIMD[F, W]
comptime Floats = Pointer[Float32, MutUntrackedOrigin]
comptime Ints = Pointer[Int32, MutUntrackedOrigin]
comptime Bytes = Pointer[UInt8, MutUntrackedOrigin]
comptime Counts = Pointer[UInt64, MutUntrackedOrigin]


@always_inline
def at[w: Int = W](p: Floats, i: Int) -> SIMD[F, w]:
    return p.unsafe_load[width=w](i)


# MARK: Element by element, in any part of the range


@no_inline
def axpy(z: Floats, x: Floats, y: Floats, first: Int, end: Int):
    def body[w: Int](i: Int) {imm}:
        var k = first + i
        z.unsafe_store(k, at[w](x, k).fma(1.5, at[w](y, k)))

    vectorize[W, unroll_factor=4](end - first, body)


@no_inline
def polynomial(z: Floats, x: Floats, first: Int, end: Int):
    def body[w: Int](i: Int) {imm}:
        var v = at[w](x, first + i)
        var p = v.fma(0.375, 0.75).fma(v, -1.25).fma(v, 0.5)
        z.unsafe_store(first + i, p)

    vectorize[W, unroll_factor=4](end - first, body)


@no_inline
def exponential(z: Floats, x: Floats, first: Int, end: Int):
    def body[w: Int](i: Int) {imm}:
        z.unsafe_store(first + i, exp(at[w](x, first + i)))

    vectorize[W, unroll_factor=4](end - first, body)


@always_inline
def our_exp[w: Int](value: SIMD[F, w]) -> SIMD[F, w]:
    var x = value.clamp(-104.5, 89.0)
    var sum = x.fma(1.442695, 12582912.0)
    var n = sum - 12582912.0
    var r = n.fma(-1.4286068e-06, n.fma(-0.69314575, x))
    var p = SIMD[F, w](0.0013748301)
    p = p.fma(r, 0.008369301)
    p = p.fma(r, 0.041669626)
    p = p.fma(r, 0.16666515)
    p = p.fma(r, 0.49999988)
    p = p.fma(r, 1).fma(r, 1)

    comptime if w == 16:
        return llvm_intrinsic["llvm.x86.avx512.mask.scalef.ps.512", SIMD[F, w]](
            p, n, SIMD[F, w](0), Int16(-1), Int32(4)
        )
    else:
        var whole = n.cast[DType.int32]()
        var half = whole >> 1
        var a = bits_of((half + 127) << 23)
        var b = bits_of((whole - half + 127) << 23)
        return p * a * b


@always_inline
def bits_of[w: Int](v: SIMD[DType.int32, w]) -> SIMD[F, w]:
    return SIMD[F, w](from_bits=v.cast[DType.uint32]())


@no_inline
def our_exponential(z: Floats, x: Floats, first: Int, end: Int):
    def body[w: Int](i: Int) {imm}:
        z.unsafe_store(first + i, our_exp(at[w](x, first + i)))

    vectorize[W, unroll_factor=4](end - first, body)


@no_inline
def logarithm(z: Floats, x: Floats, first: Int, end: Int):
    def body[w: Int](i: Int) {imm}:
        z.unsafe_store(first + i, log(at[w](x, first + i)))

    vectorize[W, unroll_factor=4](end - first, body)


@no_inline
def stencil(z: Floats, x: Floats, first: Int, end: Int):
    def body[w: Int](i: Int) {imm}:
        var k = first + i
        var v = at[w](x, k - 1).fma(0.25, at[w](x, k) * 0.5)
        z.unsafe_store(k, at[w](x, k + 1).fma(0.25, v))

    vectorize[W, unroll_factor=4](end - first, body)


@no_inline
def gathered(z: Floats, x: Floats, places: Ints, first: Int, end: Int):
    for i in range(first, end):
        z.unsafe_store(i, x.unsafe_load(Int(places.unsafe_load(i))))


# MARK: Reductions


@always_inline
def folded[count: Int, is_dot: Bool](x: Floats, y: Floats, n: Int) -> Float32:
    """Sums in `count` vectors, so that one need not wait for the one before."""
    var total = Float64(0)
    comptime block = 32768
    for start in range(0, n, block):
        var end = min(start + block, n)
        var sums = Array[V, count](fill=V(0))
        var i = start
        while i + count * W <= end:
            comptime for k in range(count):
                comptime if is_dot:
                    sums[k] = at(x, i + k * W).fma(at(y, i + k * W), sums[k])
                else:
                    sums[k] += at(x, i + k * W)
            i += count * W
        var sum = sums[0]
        comptime for k in range(1, count):
            sum += sums[k]
        var rest = sum.reduce_add()
        while i < end:
            comptime if is_dot:
                rest += x.unsafe_load(i) * y.unsafe_load(i)
            else:
                rest += x.unsafe_load(i)
            i += 1
        total += Float64(rest)
    return Float32(total)


@no_inline
def sum_idiomatic(x: Floats, n: Int) -> Float32:
    var sum = V(0)
    for i in range(0, n // W * W, W):
        sum += at(x, i)
    var total = sum.reduce_add()
    for i in range(n // W * W, n):
        total += x.unsafe_load(i)
    return total


@no_inline
def sum_same(x: Floats, n: Int) -> Float32:
    return folded[8, False](x, x, n)


@no_inline
def dot_idiomatic(x: Floats, y: Floats, n: Int) -> Float32:
    var sum = V(0)
    for i in range(0, n // W * W, W):
        sum = at(x, i).fma(at(y, i), sum)
    var total = sum.reduce_add()
    for i in range(n // W * W, n):
        total += x.unsafe_load(i) * y.unsafe_load(i)
    return total


@no_inline
def dot_same(x: Floats, y: Floats, n: Int) -> Float32:
    return folded[8, True](x, y, n)


@always_inline
def extremes[count: Int](x: Floats, n: Int, mut low: Float32, mut high: Float32):
    var lows = Array[V, count](fill=V(x.unsafe_load(0)))
    var highs = Array[V, count](fill=V(x.unsafe_load(0)))
    var i = 0
    while i + count * W <= n:
        comptime for k in range(count):
            var v = at(x, i + k * W)
            lows[k] = min(lows[k], v)
            highs[k] = max(highs[k], v)
        i += count * W
    comptime for k in range(1, count):
        lows[0] = min(lows[0], lows[k])
        highs[0] = max(highs[0], highs[k])
    low = lows[0].reduce_min()
    high = highs[0].reduce_max()
    while i < n:
        low = min(low, x.unsafe_load(i))
        high = max(high, x.unsafe_load(i))
        i += 1


@no_inline
def extremes_idiomatic(x: Floats, n: Int, mut low: Float32, mut high: Float32):
    extremes[1](x, n, low, high)


@no_inline
def extremes_same(x: Floats, n: Int, mut low: Float32, mut high: Float32):
    extremes[8](x, n, low, high)


# MARK: Several passes


@no_inline
def greatest[count: Int](x: Floats, n: Int) -> Float32:
    var highs = Array[V, count](fill=V(x.unsafe_load(0)))
    var i = 0
    while i + count * W <= n:
        comptime for k in range(count):
            highs[k] = max(highs[k], at(x, i + k * W))
        i += count * W
    comptime for k in range(1, count):
        highs[0] = max(highs[0], highs[k])
    var high = highs[0].reduce_max()
    while i < n:
        high = max(high, x.unsafe_load(i))
        i += 1
    return high


@no_inline
def softmax_idiomatic(z: Floats, x: Floats, n: Int):
    var high = greatest[1](x, n)
    var sum = V(0)
    for i in range(0, n, W):
        var v = exp(at(x, i) - high)
        z.unsafe_store(i, v)
        sum += v
    scaled(z, z, 0, 1 / sum.reduce_add(), n)


@no_inline
def softmax_same(z: Floats, x: Floats, n: Int):
    var high = greatest[8](x, n)
    var total = Float64(0)
    comptime block = 4096
    for start in range(0, n, block):
        var sums = Array[V, 4](fill=V(0))
        for i in range(start, min(start + block, n), 4 * W):
            comptime for k in range(4):
                var v = our_exp(at(x, i + k * W) - high)
                z.unsafe_store(i + k * W, v)
                sums[k] += v
        total += Float64(((sums[0] + sums[1]) + (sums[2] + sums[3])).reduce_add())
    scaled(z, z, 0, Float32(1 / total), n)


@no_inline
def scaled(z: Floats, x: Floats, shift: Float32, scale: Float32, n: Int):
    def body[w: Int](i: Int) {imm}:
        z.unsafe_store(i, (at[w](x, i) - shift) * scale)

    vectorize[W, unroll_factor=4](n, body)


@no_inline
def normalise_idiomatic(z: Floats, x: Floats, n: Int):
    var mean = sum_idiomatic(x, n) / Float32(n)
    var squares = V(0)
    for i in range(0, n, W):
        var d = at(x, i) - mean
        squares = d.fma(d, squares)
    scaled(z, x, mean, 1 / sqrt(squares.reduce_add() / Float32(n)), n)


@no_inline
def normalise_same(z: Floats, x: Floats, n: Int):
    # One pass in blocks, around a first guess at each block's mean; blocks are joined as Chan, Golub and LeVeque do.
    var count = Float64(0)
    var mean = Float64(0)
    var m2 = Float64(0)
    comptime block = 4096
    for start in range(0, n, block):
        var guess = (
            (at(x, start) + at(x, start + W)) + (at(x, start + 2 * W) + at(x, start + 3 * W))
        ).reduce_add() / Float32(4 * W)
        var sums = Array[V, 4](fill=V(0))
        var squares = Array[V, 4](fill=V(0))
        for i in range(start, min(start + block, n), 4 * W):
            comptime for k in range(4):
                var d = at(x, i + k * W) - guess
                sums[k] += d
                squares[k] = d.fma(d, squares[k])
        var sum = Float64(((sums[0] + sums[1]) + (sums[2] + sums[3])).reduce_add())
        var square = Float64(((squares[0] + squares[1]) + (squares[2] + squares[3])).reduce_add())
        var length = Float64(min(block, n - start))
        var shift = sum / length
        var all = count + length
        var distance = Float64(guess) + shift - mean
        m2 += square - sum * shift + distance * distance * count * length / all
        mean += distance * length / all
        count = all
    scaled(z, x, Float32(mean), Float32(1 / sqrt(m2 / count)), n)


@no_inline
def filter_idiomatic(z: Floats, x: Floats, n: Int) -> Int:
    var kept = 0
    for i in range(0, n, W):
        var v = at(x, i)
        var mask = v.gt(0)
        compressed_store(v, z.unsafe_offset(kept), mask)
        kept += Int(mask.cast[DType.int32]().reduce_add())
    return kept


@no_inline
def filter_same(z: Floats, x: Floats, n: Int) -> Int:
    var kept = 0
    var i = 0
    while i + 4 * W <= n:
        comptime for k in range(4):
            var v = at(x, i + k * W)
            var mask = v.gt(0)
            comptime if W == 16:
                z.unsafe_store(kept, llvm_intrinsic["llvm.x86.avx512.mask.compress", V](v, V(0), mask))
            else:
                compressed_store(v, z.unsafe_offset(kept), mask)
            kept += Int(mask.cast[DType.int32]().reduce_add())
        i += 4 * W
    return kept


@no_inline
def prefix_idiomatic(z: Floats, x: Floats, n: Int):
    var before = V(0)
    for i in range(0, n, W):
        var v = at(x, i)
        v += v.shift_right[1]()
        v += v.shift_right[2]()
        comptime if W > 4:
            v += v.shift_right[4]()
        comptime if W > 8:
            v += v.shift_right[8]()
        v += before
        z.unsafe_store(i, v)
        before = V(v[W - 1])


@no_inline
def prefix_same(z: Floats, x: Floats, n: Int):
    # Only one addition a vector waits for the vector before.
    var before = V(0)
    for i in range(0, n, 4 * W):
        comptime for k in range(4):
            var v = at(x, i + k * W)
            v += v.shift_right[1]()
            v += v.shift_right[2]()
            comptime if W > 4:
                v += v.shift_right[4]()
            comptime if W > 8:
                v += v.shift_right[8]()
            z.unsafe_store(i + k * W, before + v)
            before += V(v[W - 1])


@no_inline
def histogram_idiomatic(counts: Counts, x: Bytes, n: Int):
    for i in range(n):
        var bin = Int(x.unsafe_load(i))
        counts.unsafe_store(bin, counts.unsafe_load(bin) + 1)


@no_inline
def histogram_same(counts: Counts, x: Bytes, n: Int):
    # Four rows of counts, so that equal neighbours do not wait for each other.
    var room = Array[UInt32, 1024](fill=0)
    for i in range(0, n, 8):
        var bytes = x.unsafe_load[width=8](i)
        comptime for k in range(8):
            room[Int(bytes[k]) + 256 * (k % 4)] += 1
    for bin in range(256):
        var sum = UInt64(0)
        comptime for row in range(4):
            sum += UInt64(room[row * 256 + bin])
        counts.unsafe_store(bin, counts.unsafe_load(bin) + sum)


@no_inline
def transposed(z: Floats, x: Floats, rows: Int, columns: Int):
    comptime tile = 16
    for row in range(0, rows, tile):
        for column in range(0, columns, tile):
            for i in range(row, min(row + tile, rows)):
                for j in range(column, min(column + tile, columns)):
                    z.unsafe_store(j * rows + i, x.unsafe_load(i * columns + j))


# MARK: Mandelbrot


@no_inline
def mandelbrot_row[count: Int, every: Int](
    out_row: Ints, left: Float32, step: Float32, y: Float32, size: Int
):
    """`count` vectors side by side, and a look at whether all have left every few steps."""
    for start in range(0, size, count * W):
        var re = Array[V, count](fill=V(0))
        var zr = Array[V, count](fill=V(0))
        var zi = Array[V, count](fill=V(0))
        var counts = Array[SIMD[DType.int32, W], count](fill=SIMD[DType.int32, W](0))
        var inside = Array[SIMD[DType.bool, W], count](fill=SIMD[DType.bool, W](fill=True))
        comptime for k in range(count):
            re[k] = (iota[F, W]() + Float32(start + k * W)).fma(step, left)
        var done = 0
        while done < 200:
            for _ in range(min(every, 200 - done)):
                comptime for k in range(count):
                    var square = zi[k] * zi[k]
                    inside[k] = inside[k] & zr[k].fma(zr[k], square).le(4)
                    counts[k] = inside[k].select(counts[k] + 1, counts[k])
                    var next = zr[k].fma(zr[k], re[k] - square)
                    zi[k] = (zr[k] + zr[k]).fma(zi[k], y)
                    zr[k] = next
            done += every
            var is_any = inside[0]
            comptime for k in range(1, count):
                is_any = is_any | inside[k]
            if not is_any.reduce_or():
                break
        comptime for k in range(count):
            if start + k * W < size:
                out_row.unsafe_store(start + k * W, counts[k])


# MARK: Matrix product


@no_inline
def matmul_rows(c: Floats, a: Floats, b: Floats, n: Int, first: Int, end: Int):
    """Tiles of the result in registers, `b` in panels of the tile's width: what the cache and the registers ask for."""
    comptime high = 8 if W == 16 else 4
    comptime wide = 3 if W == 16 else 2
    comptime depth = 256
    var panel = external_call["aligned_alloc", Floats](64, depth * wide * W * 4)
    for column in range(0, n // (wide * W) * (wide * W), wide * W):
        for k0 in range(0, n, depth):
            var deep = min(depth, n - k0)
            for k in range(deep):
                comptime for j in range(wide):
                    panel.unsafe_store((k * wide + j) * W, at(b, (k0 + k) * n + column + j * W))
            for row in range(first, end, high):
                var sums = Array[V, high * wide](fill=V(0))
                for k in range(deep):
                    comptime for i in range(high):
                        var factor = V(a.unsafe_load((row + i) * n + k0 + k))
                        comptime for j in range(wide):
                            sums[i * wide + j] = factor.fma(at(panel, (k * wide + j) * W), sums[i * wide + j])
                comptime for i in range(high):
                    comptime for j in range(wide):
                        var place = (row + i) * n + column + j * W
                        if k0 == 0:
                            c.unsafe_store(place, sums[i * wide + j])
                        else:
                            c.unsafe_store(place, at(c, place) + sums[i * wide + j])
    # The columns that are left.
    for column in range(n // (wide * W) * (wide * W), n, W):
        for row in range(first, end, high):
            var sums = Array[V, high](fill=V(0))
            for k in range(n):
                var v = at(b, k * n + column)
                comptime for i in range(high):
                    sums[i] = V(a.unsafe_load((row + i) * n + k)).fma(v, sums[i])
            comptime for i in range(high):
                c.unsafe_store((row + i) * n + column, sums[i])
    external_call["free", NoneType](panel)


@no_inline
def matmul_idiomatic(c: Floats, a: Floats, b: Floats, n: Int, first: Int, end: Int):
    for row in range(first, end):
        for j in range(0, n, W):
            c.unsafe_store(row * n + j, V(0))
        for k in range(n):
            var factor = a.unsafe_load(row * n + k)

            def body[w: Int](j: Int) {imm}:
                c.unsafe_store(row * n + j, at[w](b, k * n + j).fma(factor, at[w](c, row * n + j)))

            vectorize[W, unroll_factor=4](n, body)


# MARK: Running


def complain(text: String) raises:
    print("mojo:", text)
    raise Error(text)


struct Job(Copyable, Movable):
    var kernel: String
    var is_same: Bool
    var workers: Int
    var size: Int
    var x: Floats
    var y: Floats
    var z: Floats
    var places: Ints
    var integers: Ints
    var bytes: Bytes
    var counts: Counts
    var rows: Int
    var left: Float32
    var low: Float32
    var step: Float32
    var first: Float64
    var second: Float64

    def __init__(out self, kernel: String, is_same: Bool, workers: Int, size: Int):
        self.kernel = kernel
        self.is_same = is_same
        self.workers = workers
        self.size = size
        self.x = external_call["body_batch_x", Floats]()
        self.y = external_call["body_batch_y", Floats]()
        self.z = external_call["body_batch_z", Floats]()
        self.places = external_call["body_batch_places", Ints]()
        self.integers = external_call["body_batch_integers", Ints]()
        self.bytes = external_call["body_batch_bytes", Bytes]()
        self.counts = external_call["body_batch_counts", Counts]()
        self.rows = Int(external_call["body_batch_rows", Int64]())
        self.left = external_call["body_mandelbrot_left", Float32]()
        self.low = external_call["body_mandelbrot_low", Float32]()
        self.step = external_call["body_mandelbrot_step", Float32]()
        self.first = 0
        self.second = 0


@always_inline
def run_elements(job: Job, first: Int, end: Int):
    """The part of an elementwise kernel; for kernels of rows, these rows."""
    if job.kernel == "axpy":
        axpy(job.z, job.x, job.y, first, end)
    elif job.kernel == "polynomial":
        polynomial(job.z, job.x, first, end)
    elif job.kernel == "exp":
        if job.is_same:
            our_exponential(job.z, job.x, first, end)
        else:
            exponential(job.z, job.x, first, end)
    elif job.kernel == "log":
        logarithm(job.z, job.x, first, end)
    elif job.kernel == "stencil":
        stencil(job.z, job.x, first, end)
    elif job.kernel == "gather":
        gathered(job.z, job.x, job.places, first, end)
    elif job.kernel == "matmul":
        if job.is_same:
            matmul_rows(job.z, job.x, job.y, job.size, first, end)
        else:
            matmul_idiomatic(job.z, job.x, job.y, job.size, first, end)
    elif job.kernel == "mandelbrot" or job.kernel == "skewed":
        for row in range(first, end):
            var place = job.integers.unsafe_offset(row * job.size)
            var y = job.low + job.step * Float32(row)
            if job.is_same:
                mandelbrot_row[4, 4](place, job.left, job.step, y, job.size)
            else:
                mandelbrot_row[1, 1](place, job.left, job.step, y, job.size)


def has_parts(kernel: String) -> Bool:
    return (
        kernel == "axpy" or kernel == "polynomial" or kernel == "exp" or kernel == "log" or kernel == "stencil"
        or kernel == "gather" or kernel == "matmul" or kernel == "mandelbrot" or kernel == "skewed"
    )


def is_by_rows(kernel: String) -> Bool:
    return kernel == "matmul" or kernel == "mandelbrot" or kernel == "skewed"


def run(mut job: Job, times: Int) -> Bool:
    """False: there is no such kernel."""
    var n = job.size
    if has_parts(job.kernel):
        if job.workers == 1:
            if job.kernel == "axpy":
                for _ in range(times):
                    axpy(job.z, job.x, job.y, 0, n)
            elif job.kernel == "polynomial":
                for _ in range(times):
                    polynomial(job.z, job.x, 0, n)
            else:
                for _ in range(times):
                    run_elements(job, 0, n)
        elif is_by_rows(job.kernel):
            # Rows are what there is to do; which worker has which is decided beforehand.
            var step = 8 if job.kernel == "matmul" else 1

            def rows(i: Int) {imm}:
                run_elements(job, i * step, (i + 1) * step)

            def bands(i: Int) {imm}:
                run_elements(job, i * (n // job.workers), (i + 1) * (n // job.workers))

            for _ in range(times):
                if job.kernel == "matmul":
                    parallelize(bands, job.workers, job.workers)
                else:
                    parallelize(rows, n, job.workers)
        else:
            def part(i: Int) {imm}:
                run_elements(job, i * (n // job.workers), (i + 1) * (n // job.workers))

            for _ in range(times):
                parallelize(part, job.workers, job.workers)
        return True
    if job.workers != 1:
        return False
    if job.kernel == "sum":
        for _ in range(times):
            job.first = Float64(sum_same(job.x, n) if job.is_same else sum_idiomatic(job.x, n))
    elif job.kernel == "dot":
        for _ in range(times):
            job.first = Float64(dot_same(job.x, job.y, n) if job.is_same else dot_idiomatic(job.x, job.y, n))
    elif job.kernel == "minmax":
        var low = Float32(0)
        var high = Float32(0)
        for _ in range(times):
            if job.is_same:
                extremes_same(job.x, n, low, high)
            else:
                extremes_idiomatic(job.x, n, low, high)
        job.first = Float64(low)
        job.second = Float64(high)
    elif job.kernel == "softmax":
        for _ in range(times):
            if job.is_same:
                softmax_same(job.z, job.x, n)
            else:
                softmax_idiomatic(job.z, job.x, n)
    elif job.kernel == "normalise":
        for _ in range(times):
            if job.is_same:
                normalise_same(job.z, job.x, n)
            else:
                normalise_idiomatic(job.z, job.x, n)
    elif job.kernel == "filter":
        for _ in range(times):
            job.first = Float64(filter_same(job.z, job.x, n) if job.is_same else filter_idiomatic(job.z, job.x, n))
    elif job.kernel == "prefixsum":
        for _ in range(times):
            if job.is_same:
                prefix_same(job.z, job.x, n)
            else:
                prefix_idiomatic(job.z, job.x, n)
    elif job.kernel == "histogram":
        for _ in range(times):
            if job.is_same:
                histogram_same(job.counts, job.bytes, n)
            else:
                histogram_idiomatic(job.counts, job.bytes, n)
    elif job.kernel == "transpose":
        for _ in range(times):
            transposed(job.z, job.x, job.rows, n // job.rows)
    else:
        return False
    return True


def time_of(mut job: Job, times: Int) -> Int:
    var start = perf_counter_ns()
    _ = run(job, times)
    return Int(perf_counter_ns() - start)


def main() raises:
    var arguments = argv()
    var workload = String("")
    var variant = String("")
    var workers = 1
    var size = 0
    var i = 1
    while i < len(arguments):
        var name = String(arguments[i])
        if name == "--version":
            print("mojo", "MOJO_VERSION")
            return
        var value = String(arguments[i + 1])
        i += 2
        if name == "--workload":
            workload = value
        elif name == "--case":
            variant = value
        elif name == "--workers":
            workers = Int(value)
        elif name == "--size":
            size = Int(value)
    var kernel = String(workload.removeprefix("batch-"))
    var is_known = external_call["body_batch_begin_named", Bool](kernel.unsafe_ptr(), Int64(kernel.byte_length()), Int64(size))
    if not is_known:
        external_call["exit", NoneType](Int32(3))
    var job = Job(kernel, variant == "same", workers, size)
    if not run(job, 1):
        external_call["exit", NoneType](Int32(3))
    # Samples of at least 2 ms: the median of at least five, and of what fits in 60 ms.
    var times = 1
    while True:
        var took = time_of(job, times)
        if took >= 2_000_000:
            break
        times *= 8 if took < 200_000 else 2
    var samples = List[Float64]()
    var start = perf_counter_ns()
    while len(samples) < 5 or perf_counter_ns() - start < 60_000_000:
        samples.append(Float64(time_of(job, times)) / Float64(times))
    sort(samples)
    var wall = samples[len(samples) // 2]
    var verified = external_call["body_batch_is_right", Bool](job.first, job.second)
    var operations = external_call["body_batch_operations", Int64]()
    print(
        '{"workload":"', workload, '","case":"', variant, '","size":', size, ',"contender":"mojo","workers":', workers,
        ',"verified":', "true" if verified else "false", ',"operations":', operations, ',"wall_ns":', wall,
        ',"cpu_ns":0,"peak_rss":0}', sep="",
    )
    if not verified:
        external_call["exit", NoneType](Int32(1))
