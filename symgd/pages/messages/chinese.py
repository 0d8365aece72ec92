"""中文：Chinese, one more table.

Each table has the ids of the English one, and each sentence its placeholders; a test holds that.
Spaces stand around `{detail}` and its like, where mathematics is set among the characters.
"""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

from collections.abc import Mapping

from symgd.functions import Table, View
from symgd.pages.messages.english import ArrayMessages, Language

#  id                     名称                        理由
_ROWS: tuple[tuple[str, str, str], ...] = (
    # -- steps between rules
    ("chain",               "链式法则（经由 {detail}）",   "变化沿着各个量逐级传递：各环节的变化率相乘。"),
    ("chain:bare",          "链式法则",                    "变化沿着各个量逐级传递：各环节的变化率相乘。"),
    ("chains",              "逐级使用链式法则",             "变化沿着各个量逐级传递：各环节的变化率相乘。"),
    ("definition",          "由 {detail} 的定义",          "把名称换成它所代表的式子。"),
    ("definition:bare",     "由定义",                      "把名称换成它所代表的式子。"),
    ("lemma",               "由引理 {number}",             "这个导数已在前面推出。"),
    ("lemmas",              "由以上引理",                  "这些导数已在前面推出。"),
    ("output",              "用模型中的名称表示",           "模型中已有这个值的名称。"),
    ("lower_order",         "对低一阶的导数求导",           "高阶导数是低一阶导数的导数。"),
    ("implicit",            "隐函数求导",                   "沿 F(x, y) = 0，F_x dx 与 F_y dy 相互抵消。"),
    ("convention",          "角点处的约定",                "角点处导数不存在；在该点约定取这个值。"),
    ("seam",                "分界处的约定",                "角点处导数不存在；在该点约定取此式给出的值。"),
    ("limit",               "衔接点处的极限",              "公式在此处分段衔接；导数存在，且等于这个值。"),
    ("arithmetic",          "整理",                        "数值相乘，合并相同的因子和同类项。"),
    ("split_fraction",      "拆分分式",                    "把一个分式写成两个分式的乘积。"),
    ("add_subtract",        "加 1 再减 1",                 "加上再减去同一个数，式子不变。"),
    ("multiply_exponential", "分子分母同除以指数函数",      "分子分母同除以同一个数，分式的值不变。"),
    ("common_denominator",  "通分",                        "化为共同分母后，分式才能相加。"),
    ("like_terms",          "合并同类项",                "去括号后，把相同的乘积合并。"),
    ("in_itself",           "用函数自身表示",              "把指数函数用该函数的值表示。"),
    ("in_sigmoid",          "用 sigmoid 函数表示",         "令 s = σ(u)，则 u 的指数函数等于 s/(1 − s)。"),
    ("factor",              "因式分解并约分",              "把分子和分母分解因式，约去公因式。"),
    ("substitute",          "代入数值",                    "把每个名称换成它的值。"),
    ("evaluate",            "计算",                        "完成数值运算。"),
    ("vanished",            "常数的导数",                  "与变量无关的项，导数为 0。"),
    ("same_layer",          "各层形式相同",                "各层的式子除下标外完全一样。"),
    ("update",              "梯度下降一步",                "每个参数按学习率沿导数的反方向移动。"),
    # -- rules of differentiation
    ("constant",            "常数的导数",              "与自变量无关的量不随自变量变化。"),
    ("identity",            "自变量自身的导数",            "自变量对自身的变化率为 1。"),
    ("linear",              "线性函数的导数",              "线性函数的斜率就是它的系数。"),
    ("negative",            "相反数的导数",                "因子 -1 可以提到导数外面。"),
    ("constant_multiple",   "常数倍法则",                  "常数因子可以提到导数外面。"),
    ("sum",                 "求和法则",                    "和的导数等于逐项求导之和。"),
    ("reciprocal",          "倒数法则",                    "即指数为 -1 的幂法则。"),
    ("quotient",            "商法则",                      "对 u 与 1/v 用乘积法则，再化为同一分母。"),
    ("sqrt",                "平方根的导数",                "即指数为 1/2 的幂法则。"),
    ("power",               "幂法则",                      "指数移到前面作系数，指数减一，再乘以内层的导数。"),
    ("exponential",         "一般底数的指数函数",          "a^u 等于 e 的 u ln a 次幂。"),
    ("general_power",       "幂指函数的求导法则",          "u^v 等于 e 的 v ln u 次幂；底数和指数都在变化。"),
    ("product",             "乘积法则",                    "两个因子轮流求导，再相加。"),
    ("exp",                 "指数函数的导数",              "指数函数的导数是它自身，再乘以内层的导数。"),
    ("abs",                 "绝对值的导数",                "|u| 在 0 的右侧斜率为 1，左侧为 -1；在 u = 0 处取 0。"),
    ("sign",                "符号函数的导数",              "sign(u) 在跳跃点两侧都是常数，在跳跃点也取 0。"),
    ("max",                 "最大值的导数",                "较大的一支起作用；相等时，与常数比较取 0，只有一支变动时取第一支，否则取平均值。"),
    ("min",                 "最小值的导数",                "较小的一支起作用；相等时，与常数比较取 0，只有一支变动时取第一支，否则取平均值。"),
    ("cases",               "分段求导",                    "在分界点以外，各段分别求导；在分界点处，取该点所属那一段的导数。"),
    ("prime",               "用撇号表示的导数",            "在 g 的导数求出之前，先用撇号表示它。"),
    ("named",               "链式法则",                    "外层函数在内层函数处的导数，乘以内层的导数。"),
    # -- rules of algebra
    ("logistic_slope",      "逻辑斯谛形式的导数",          "拆分分式，加 1 再减 1，认出 sigmoid 函数。"),
    ("logistic_complement", "化为逻辑斯谛形式",            "分子分母同除以指数函数，或加 1 再减 1。"),
    ("recognise",           "认出已知函数",                "这正是某个已有名称的函数的定义。"),
    ("combine_exponentials", "指数函数相乘",               "同底数的幂相乘，指数相加。"),
    ("normal_density",      "认出正态分布密度",            "这是标准正态分布的密度函数。"),
    ("ratio",               "正弦与余弦之比（三角或双曲）", "这是正切函数或双曲正切函数的定义。"),
    ("pythagoras",          "平方关系",                    "正弦与余弦的平方和为 1；双曲函数也有相应的关系，只差一个符号。"),
    ("double_angle",        "二倍角公式",                  "即二倍角的正弦公式。"),
    ("sign_times",          "绝对值与符号",                "一个数等于它的绝对值乘以它的符号。"),
    ("condition",           "化简条件",                    "把条件化为最简形式。"),
    ("indicator",           "正部",                        "阶跃函数为 0 之处，正部本来就是 0。"),
    ("constant_case",       "把因子乘入各段",              "一个数与分段函数相乘，就是与每一段相乘。"),
    ("divide_terms",        "逐项相除",                    "每一项分别除以分母。"),
    ("factor_out",          "提取公因式",                  "各项共有的因子只写一次。"),
)  # fmt: skip

# id      the function, as the reader calls it
_FUNCTIONS = {
    "log": "对数函数",
    "sin": "正弦函数",
    "cos": "余弦函数",
    "tan": "正切函数",
    "cot": "余切函数",
    "sec": "正割函数",
    "csc": "余割函数",
    "asin": "反正弦函数",
    "acos": "反余弦函数",
    "atan": "反正切函数",
    "sinh": "双曲正弦函数",
    "cosh": "双曲余弦函数",
    "tanh": "双曲正切函数",
    "coth": "双曲余切函数",
    "sech": "双曲正割函数",
    "csch": "双曲余割函数",
    "asinh": "反双曲正弦函数",
    "acosh": "反双曲余弦函数",
    "atanh": "反双曲正切函数",
    "erf": "误差函数",
    "erfc": "互补误差函数",
}


def _function_names(t: Table) -> dict[str, str]:
    """What each elementary function is called; one without a name here by its own."""
    rows = (r for r in t.elementary if r.head is not None and r.slopes)
    return {r.name: _FUNCTIONS.get(r.name, f" {r.text} ") for r in rows}


NAMES: Mapping[str, str] = View(
    lambda t: {i: f"{f}的导数" for i, f in _function_names(t).items()} | {i: n for i, n, _ in _ROWS}
)
REASONS: Mapping[str, str] = View(
    lambda t: (
        {i: f"先求{f}的导数，再乘以内层的导数（链式法则）。" for i, f in _function_names(t).items()}
        | {i: b for i, _, b in _ROWS}
    )
)

TITLES = {
    "lemma": "引理 {number}：求 {detail} 的{order}导数",
    "backward": "反向传播：代价对 {detail} 的{order}导数",
    "gradient": "代价对 {detail} 的{order}导数",
    "hessian": "代价对 {detail} 的{order}导数",
    "delta": "误差 {detail}",
    "parameter": "{detail} 的参数",
    "general": "一般的第 l 层",
}
TIMES = {
    1: "{name}",
    2: "{name}、{name}",
    3: "{name}、{name}、{name}",
    4: "{name}、{name}、{name}、{name}",
}
ORDERS = {1: "", 2: "二阶", 3: "三阶", 4: "四阶"}

HEADINGS = {
    "model": "模型",
    "parameters": "参数",
    "where": "其中",
    "and": "和",
    "result": "梯度",
    "result2": "二阶导数",
    "forward": "各量的值",
    "worked": "该点处的导数",
    "update": "梯度下降一步，学习率 {rate}",
    "predicted": "一阶近似预测代价的改变量为",
    "actual": "代价的实际改变量为",
    "saturated": "已舍入：{names}；它与所示整数之差太小，无法与之并列显示，但这里的导数是带着这一差值计算的。",
    "corner": "在该点处，代价关于 {names} 有角点，一阶近似在此未必成立。",
    "convention": "在 {place} 处约定取 {value}",
    "limit": "在 {place} 处其值为 {value}",
    "seam": "在 {place} 处约定取此式的值",
    "verdict": "结论",
    "step": "步骤",
    "left": "左边",
    "right": "右边",
    "rule": "法则与理由",
    "marked": "每一行中，底色标出本步得到的部分，下划线标出下一步将要改变的部分。",
    "steps": "共 {count} 步。",
    "stop": "。",
    "comma": "，",
    "semicolon": "；",
}

REPORT = {
    "title": "从公式到梯度下降",
    "model": "模型",
    "derivation": "推导",
    "numbers": "代入数值",
    "descent": "梯度下降",
    "contents": "本页内容",
    "graph": "模型的计算图。方框上方是该量的值，下方是代价对它的导数；每条箭头上是它在链式法则中的因子。",
    "graph:alt": "计算图：{definitions} 各占一个方框，由箭头相连。",
    "graph:large": "模型有 {count} 个名称，而本页的计算图最多容纳 {most} 个，故不作图。",
    "activation": "激活函数 {name} 及其导数（推导见下文）。",
    "activation:alt": "{name} 及其导数在 {low} 与 {high} 之间的图像。",
    "activation:none": "此模型没有需要求导的激活函数，故不作图。",
    "surface": "代价随 {names} 变化的等高线，以及梯度下降在其上的路径。",
    "surface:alt": "代价曲面上的路径从 {start} 到 {end}。",
    "surface:none": "代价曲面只能对两个参数作图，而此模型有 {count} 个，请看代价随轮次的变化。",
    "curve:cost": "代价随轮次的变化。",
    "curve": "代价随轮次的变化；下图是每一步代价的改变量与一阶近似的预测。",
    "curve:alt": "经过 {epochs} 轮，代价从 {first} 变为 {last}。",
    "pictures:none": '作图需要 matplotlib，生成本页时尚未安装：pip install "symgd[plot]"。',
    "point": "代入的数值：{numbers}。",
    "point:first": "代入的数值是起点和 {count} 个样本中的第一个：{numbers}。",
    "run": "起点 {start}，优化器 {optimizer}，数据 {samples}，共 {epochs} 轮。",
    "run:none": "起点 {start}，优化器 {optimizer}，共 {epochs} 轮。",
    "samples": "{count} 个样本",
    "fell": "代价从 {first} 变为 {last}。",
    "ends": "参数最终为 {numbers}。",
    "epochs": "各轮的数值",
    "diverging": "下降正在发散：学习率 {rate} 超过了代价最低处（第 {epoch} 轮）的最大稳定学习率 {largest}，即 2/λmax，其中 λmax = {highest} 是该处海森矩阵的最大特征值。",
    "diverging:below": "下降发散了，尽管学习率 {rate} 并未超过代价最低处（第 {epoch} 轮）的 2/λmax = {largest}（λmax = {highest}）：别处的海森矩阵与此不同。",
    "overshoots": "学习率 {rate} 超过了代价最低处（第 {epoch} 轮）的最大稳定学习率 {largest}，即 2/λmax，其中 λmax = {highest} 是该处海森矩阵的最大特征值。在该点附近步子会越过谷底；较小的学习率能更接近。",
    "diverging:rises": "从第 {rises} 轮起代价一直上升。",
    "diverging:about": "λmax 至少是这个数，因此最大稳定学习率可能更小。",
    "diverging:indefinite": "该处的海森矩阵还有负特征值（{lowest}），沿此方向任何学习率都会远离该点：2/λmax 只约束向上弯曲的方向。",
    "ties": "起点中相等的量会一直相等：只要这些分量相等，它们的导数也相等，任何一步都无法区分它们（{names}）。随机的起点则可以。",
    "cost:mean": "下降所用的代价是 {count} 个样本的平均值：",
    "cost:sum": "下降所用的代价是 {count} 个样本之和：",
    "cost:where": "其中 N = {count}，下标 i 表示每个样本各自的量。",
    "fit": "数据，以及下降结束时 {prediction} 随 {inputs} 的变化。",
    "fit:boundary": "按标签区分的数据（{inputs}），下降结束时 {prediction} 的深浅，以及决策边界：两种标签的代价在此相等。",
    "fit:alt": "{count} 个样本，{prediction} 随 {inputs} 从 {low} 到 {high}。",
}

PICTURES = {
    "activation": "{name} 及其导数",
    "kink": "在 {place} 处：{value}",
    "graph": "模型：{definitions}",
    "directly": "直接 {slope}",
    "descent": "梯度下降",
    "surface": "代价曲面，{epochs} 轮",
    "surface:part": "代价曲面（{count} 个样本中的 {part} 个），{epochs} 轮",
    "start": "起点",
    "end": "终点",
    "curve": "代价随轮次的变化",
    "cost": "代价",
    "epoch": "轮次",
    "changes": "每一步代价的改变量",
    "change": "改变量",
    "happened": "实际",
    "predicted": "一阶近似的预测",
    "diverging": "发散：学习率 {rate} > 2/λmax = {largest}",
    "data": "数据",
    "fit": "数据与拟合结果",
    "boundary": "决策边界",
    "boundary:none": "此范围内没有边界",
}

VERDICTS = {
    "proved": "已证明：等式两边化为同一精确的标准形",
    "sampled": "已抽样检验：等式两边在定义域内的随机点处相等，精确到 {digits} 位数字",
    "refuted": "不成立",
}

# -- derivations over arrays

#  id                     名称                        理由
_ARRAY_ROWS: tuple[tuple[str, str, str], ...] = (
    # -- steps between rules
    ("identify",            "{detail} 的系数",             "df = ⟨G, dX⟩ 表明 G 就是对 X 的梯度。"),
    ("identify_vec",        "vec {detail} 前的矩阵",       "vec dF = J vec dX 表明 J 就是雅可比矩阵。"),
    ("identify_slope",      "{detail} 前的因子",           "dF = F' dt 表明 F' 就是对 t 的导数。"),
    ("symmetric",           "X 的改变量只取对称矩阵",      "非对角元素成对变化，因此各计两次。"),
    ("diagonal",            "只有 X 的对角元素变化",       "非对角元素始终为 0。"),
    ("collect_adjoint",     "{detail} 影响的各项之和",     "经由多条路径传到代价的影响相加。"),
    # -- rules of differentials
    ("d_sum",               "求和法则",                    "和的微分等于逐项求微分之和。"),
    ("d_broadcast",         "偏置的广播",                  "加到每一行上的同一行，使每一行都随之变化。"),
    ("d_constant_factor",   "常数因子",                    "不变化的因子留在原处。"),
    ("d_quotient",          "商法则",                      "分子变化，分母反向变化。"),
    ("d_product",           "乘积法则",                    "各个因子轮流求微分，再相加。"),
    ("d_transpose",         "转置",                        "转置是线性运算。"),
    ("d_norm_squared",      "弗罗贝尼乌斯范数的平方",      "平方和的变化是每个元素的两倍乘以它的变化。"),
    ("d_sqrt",              "平方根的微分",                "即指数为 1/2 的幂法则。"),
    ("d_reciprocal",        "倒数的微分",                  "即指数为 -1 的幂法则。"),
    ("d_power",             "幂法则",                      "指数移到前面作系数，指数减一。"),
    ("d_general_power",     "幂指函数的微分",              "底数和指数轮流变化。"),
    ("d_matrix_power",      "矩阵的幂",                    "k 个因子轮流求微分。"),
    ("d_named_power",       "矩阵的幂",                    "k 个因子轮流求微分；k 小于 0 时，该和式是从 k 到 -1 之和的相反数。"),
    ("d_log_softmax",       "softmax 的对数",              "ln softmax(u) 等于 u 减去指数和的对数，因此无需相除。"),
    ("d_entrywise",         "逐元素函数",                  "每个元素按自己的斜率变化；f' 即前面的引理。"),
    ("d_softmax",           "softmax 的微分",              "每个份额随自己的分值变化，再减去所有分值的平均变化。"),
    ("d_rsoftmax",          "逐行 softmax 的微分",         "在每一行中，份额随自己的分值变化，再减去该行分值的平均变化。"),
    ("d_logsumexp",         "指数和的对数的微分",          "指数和的对数的梯度就是 softmax。"),
    ("d_rlogsumexp",        "逐行指数和的对数的微分",      "在每一行中，指数和的对数的梯度就是 softmax。"),
    ("d_peak",              "最大元素位置的微分",          "最大元素的位置在附近不变；相等时取 0。"),
    ("d_max",               "最大元素的微分",              "只有最大的元素起作用；有几个同为最大时，各占一份。"),
    ("d_prod",              "元素之积的微分",              "各个因子轮流求微分，再相加。"),
    ("d_member",            "族中一员的微分",              "族在 k 处的一员，随整个族在该处的变化而变化。"),
    ("d_family",            "族的微分",                    "族的变化就是各成员的变化。"),
    ("d_sum_over",          "对指标求和的微分",            "对指标求和仍是求和，逐项求微分。"),
    ("d_triangle",          "三角矩阵的微分",              "把列向量排在对角线下方是线性运算，读出来也是。"),
    ("d_trace",             "迹的微分",                    "迹是线性运算。"),
    ("d_entries",           "元素之和的微分",              "求元素之和是线性运算。"),
    ("d_row_sums",          "行和的微分",                  "求各行之和是线性运算。"),
    ("d_column_sums",       "列和的微分",                  "求各列之和是线性运算。"),
    ("d_diag",              "对角矩阵的微分",              "把列向量排成对角矩阵是线性运算。"),
    ("d_diagonal",          "对角线的微分",                "取对角线是线性运算。"),
    ("d_vec",               "向量化的微分",                "把各列依次叠成一列是线性运算。"),
    ("d_inverse",           "逆矩阵的微分",                "由 U U⁻¹ = I 得：U 的变化，由它的逆在两侧抵消。"),
    ("d_pinv",              "伪逆的微分",                  "在秩不变时成立（戈卢布与佩雷拉，1973 年）。"),
    ("d_determinant",       "行列式的微分",                "即雅可比公式。"),
    ("d_log_determinant",   "行列式对数的微分",            "即雅可比公式再除以行列式。"),
    ("d_norm2",             "弗罗贝尼乌斯范数的微分",      "即平方和的平方根。"),
    ("d_norm1",             "1-范数的微分",                "每个元素按自己的符号变化；在 0 处取 0。"),
    ("d_kron",              "克罗内克积的微分",            "两个因子轮流求微分。"),
    ("d_matrix_function",   "矩阵函数的微分",              "即弗雷歇导数；当 dU 与 U 可交换时，等于 f'(U) dU。"),
    # -- identities
    ("ones_product",        "与全 1 向量相乘",             "与全 1 向量的乘积就是求行和或列和。"),
    ("repeated",            "合并重复的行或列",            "各行（或各列）都相同的，只需计算一次。"),
    ("sums_of_products",    "乘积的行和与列和",            "对列求和只涉及第一个因子，对行求和只涉及最后一个因子。"),
    ("orthogonal",          "正交矩阵",                    "正交矩阵的转置就是它的逆。"),
    ("skew",                "反对称矩阵",                  "反对称矩阵的转置等于它的相反数。"),
    ("diag_product",        "与对角矩阵相乘",              "对角矩阵逐个元素地缩放。"),
    ("diag_eye",            "只留对角部分",                "与单位矩阵逐元素相乘，只剩下对角元素。"),
    ("diag_outer",          "外积的对角线",                "对角线上第 i 个元素是 x_i y_i。"),
    ("trace_outer",         "外积的迹",                    "迹中的因子可以循环移动。"),
    ("trace_product",       "迹中的因子",                  "迹中的因子可以循环移动，移到相邻处便可约去。"),
    ("inner_products",      "乘积之和",                    "对应元素乘积之和就是内积。"),
    ("shares",              "份额之和为 1",                "份额、独热标签和 softmax 的各元素之和为 1。"),
    ("labels",              "标签的平方",                  "0 和 1 的平方等于自身；-1 的平方等于 1。"),
    ("signs",               "符号与绝对值",                "一个数等于它的绝对值乘以它的符号。"),
    ("join_families",       "合并为一个族",                "逐个给出的量逐个相加。"),
    ("recognise_sigmoid",   "认出 sigmoid 函数",           "这个分式正是 sigmoid 函数。"),
    ("recognise_softmax",   "认出 softmax 函数",           "指数除以指数之和，正是 softmax 函数。"),
    ("kron_product",        "混合积性质",                  "克罗内克积按因子分别相乘。"),
    ("spread",              "展开括号",                    "展开之后，各项可以抵消或合并。"),
    ("common_denominator",  "通分",                        "分母是同一式的各次幂，通分到最高次幂。"),
    ("collect",             "提取公共部分",                "各项共有的部分只写一次。"),
)  # fmt: skip

CHINESE = Language(
    code="zh",
    names=NAMES,
    reasons=REASONS,
    titles=TITLES,
    times=TIMES,
    orders=ORDERS,
    headings=HEADINGS,
    report=REPORT,
    pictures=PICTURES,
    verdicts=VERDICTS,
    conditions={"if": "当", "otherwise": "其他", "and": "且", "or": "或"},
    preamble="\\usepackage[UTF8]{ctex}\n",
    fonts=(
        "Noto Sans CJK SC",
        "Noto Sans SC",
        "Source Han Sans SC",
        "Microsoft YaHei",
        "PingFang SC",
        "Hiragino Sans GB",
        "WenQuanYi Zen Hei",
        "WenQuanYi Micro Hei",
        "SimHei",
        "Arial Unicode MS",
    ),
)

ARRAYS = ArrayMessages(
    names={i: n for i, n, _ in _ARRAY_ROWS},
    reasons={i: b for i, _, b in _ARRAY_ROWS},
    titles={
        "pass:cost": "{detail} 的微分",
        "pass": "经由 {detail} 反向传播",
        "differential": "导数的微分",
        "adjoints": "反向传播",
        "result:jacobian": "雅可比矩阵",
        "result:hessian": "黑塞矩阵",
    },
    verdicts={
        "proved": "已证明：等式两边化为同一精确的标准形",
        "exact": "在两组不同的尺寸下，沿随机方向取随机值，等式两边作为精确分数相等",
        "sampled": "在两组不同的尺寸下，沿随机方向取随机值，等式两边相等，精确到 {digits} 位数字",
    },
)
