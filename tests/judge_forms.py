r"""The table of `test_forms.py`: kind → rows of definitions, assumptions, lines and verdicts."""

from __future__ import annotations

KINDS = {
    "dress": [
        (
            [r"f(x)=x^2"],
            [],
            [
                (r"f'(x)=\textcolor{red}{2x}", "ok"),
                (r"f'(x)={\color{blue}2x}", "ok"),
                (r"f'(x)=\color{blue}{2x}", "ok"),
                (r"f'(x)=\colorbox{yellow}{2x}", "ok"),
                (r"f'(x)=\textcolor{red}{3x}", "wrong"),
                (r"f'(x)=\color[rgb]{1,0,0}{2x}", "ok"),
                (r"f'(x)=\textcolor[HTML]{FF0000}{2x}", "ok"),
                (r"f'(x)=\fcolorbox{red}{white}{$2x$}", "ok"),
                (r"f'(x)=\boxed{2x}", "ok"),
                (r"\boxed{f'(x)=2x}", "ok"),
            ],
        ),
        (
            [r"f(x)=x^2"],
            [],
            [
                (r"\boxed{f'(x)=3x}", "wrong"),
                (r"f'(x)=\underbrace{2x}_{\text{power rule}}", "ok"),
                (r"f'(x)=\overbrace{2x}^{\text{power rule}}", "ok"),
                (r"f'(x)=\underbrace{2}_{\text{the two}}\cdot\underbrace{x}_{u}", "ok"),
                (r"f'(x)=\underbrace{3}_{\text{the two}}\cdot\underbrace{x}_{u}", "wrong"),
                (r"f'(x)=\mathop{2x}", "ok"),
                (r"f'(x)=\ensuremath{2x}", "ok"),
                (r"f'(x)=\mathstrut 2x\space", "ok"),
                (r"f'(x)=\left\{2x\right\}", "ok"),
                (r"f'(x)=\left.2x\right.", "ok"),
            ],
        ),
        (
            [r"f(x)=x^2"],
            [],
            [
                (r"f'(x)=\dfrac{2x^{2}\cancel{a}}{x\cancel{a}}", "ok"),
                (r"f'(x)=\frac{2x^{2}\bcancel{a}}{x\bcancel{a}}", "ok"),
                (r"f'(x)=\cancelto{0}{a}+2x", "?"),
                (r"f'(x)=2x\tag{1}", "ok"),
                (r"f'(x)=2x\tag*{(1)}", "ok"),
                (r"f'(x)=2x\qquad\text{(chain rule)}", "ok"),
                (r"f'(x)=2x\quad\forall x", "ok"),
                (r"f'(x)=3x\quad\forall x", "wrong"),
                (r"f'(x)=2x,\ \forall x\in\mathbb{R}", "ok"),
                (r"f'(x)=2x\quad\text{for all }x", "ok"),
            ],
        ),
        (
            [r"f(x)=x^2"],
            [],
            [
                (r"f'(x)=2x\quad\text{for all }x\in\mathbb R", "ok"),
                (r"\forall x: f'(x)=2x", "ok"),
                (r"\forall x\in\mathbb{R},\ f'(x)=2x", "ok"),
                (r"\forall x\in\mathbb{R},\quad f'(x)=3x", "wrong"),
                (r"f'(x)=2x\ (\forall x)", "ok"),
                (r"f'(x)=2x \quad (x\in\mathbb{R})", "ok"),
                (r"f'(x)=2x\;\;\text{where }x\text{ is real}", "ok"),
                (r"\mathbf{f}'(x)=2x", "ok"),
                (r"\therefore\quad f'(x)=2x", "ok"),
                (r"\implies f'(x)=2x", "ok"),
            ],
        ),
        (
            [r"f(x)=x^2"],
            [],
            [
                (r"\implies f'(x)=3x", "?"),
                (r"\text{Hence, }f'(x)=2x", "ok"),
                (r"f'(x)\overset{(a)}{=}2x", "ok"),
                (r"f'(x)\stackrel{\text{def}}{=}2x", "ok"),
                (r"f'(x)\underset{(a)}{=}3x", "wrong"),
                (r"f'(x)\overset{\text{chain}}=2x", "ok"),
                (r"\frac{d}{dx}f(x)\;=\;\mathrm{2}x", "ok"),
                (r"f'(x)=2\,x\hspace{1cm}\blacksquare", "ok"),
                (r"f'(x)=2x \quad \checkmark", "ok"),
                (r"f'(x)=2x\ \square", "ok"),
            ],
        ),
        (
            [r"f(x)=x^2"],
            [],
            [
                (r"f'(x)=2\mathsf{x}", "ok"),
                (r"f'(x)=2\mathit{x}", "ok"),
                (r"f'(x)=2\boldsymbol{x}", "ok"),
                (r"f'(x)=2\bm x", "ok"),
                (r"f'(x)=2\underline{x}", "ok"),
                (r"f'(x)=2\mathfrak{x}", "ok"),
                (r"f'(x)=\smash{2x}", "ok"),
                (r"f'(x)=\mathrlap{2x}", "ok"),
                (r"f'(x)=2x\label{eq:1}\nonumber", "ok"),
                (r"f'(x)=\displaystyle 2x", "ok"),
            ],
        ),
        (
            [r"f(x)=x^2"],
            [],
            [
                (r"f'(x)=\bigl(2x\bigr)", "ok"),
                (r"f'(x)={2}{x}", "ok"),
                (r"f'(x)=2\cdot\! x", "ok"),
                (r"f'(x)=2\times x", "ok"),
                (r"f'(x)=2\ast x", "ok"),
                (r"f'(x)=\foo x", "?"),
                (r"f'(x)=2x", "ok"),
            ],
        ),
        (
            [r"\mathbf{g}(x)=x^3"],
            [],
            [
                (r"\boldsymbol{g}'(x)=3x^2", "ok"),
                (r"\bm{g}'(x)=2x^2", "wrong"),
            ],
        ),
        (
            [r"\mathcal{L}=(w-a)^2"],
            [],
            [
                (r"\frac{\partial L}{\partial w}=2(w-a)", "ok"),
                (r"\frac{\partial\mathcal{L}}{\partial w}=(w-a)", "wrong"),
                (r"\frac{\partial\mathscr L}{\partial w}=2(w-a)", "ok"),
            ],
        ),
    ],
    "unknown command, then own left side": [
        (
            [r"z=a^2"],
            [],
            [
                (r"\frac{dz}{da}=\foo a", "?"),
                (r"=2a", "ok"),
            ],
        ),
        (
            [r"z=a^2"],
            [],
            [
                (r"\frac{dz}{da}=\foo a", "?"),
                (r"=3a", "wrong"),
            ],
        ),
        (
            [r"z=a^2"],
            [],
            [
                (r"\frac{dz}{da}=\foo a", "?"),
                (r"&=\bar{}a\bar", "?"),
                (r"=2a", "ok"),
                (r"=3a", "wrong"),
            ],
        ),
        (
            [r"z=a^2"],
            [],
            [
                (r"\frac{dz}{\foo}=2a", "?"),
                (r"=2a", "?"),
                (r"\frac{dz}{da}=2a", "ok"),
                (r"=a+a", "ok"),
            ],
        ),
        (
            [r"z=a^2"],
            [],
            [
                (r"\frac{dz}{da}=\int a\,da", "wrong"),
                (r"=2a", "ok"),
            ],
        ),
    ],
    "relation in a subscript": [
        (
            [r"z_i=\frac{e^{a_i}}{\sum_{k=1}^n e^{a_k}}"],
            [],
            [
                (r"\frac{\partial z_i}{\partial a_{j=i}}=\frac{\partial z_i}{\partial a_i}", "ok"),
                (r"=z_i(1-z_i)", "ok"),
                (r"=z_i-z_i^2", "ok"),
                (r"=-z_i z_j", "wrong"),
            ],
        ),
        (
            [r"z_i=\frac{e^{a_i}}{\sum_{k=1}^n e^{a_k}}"],
            [],
            [
                (r"\frac{\partial z_i}{\partial a_{j\neq i}}=-z_iz_j", "ok"),
                (r"=-z_jz_i", "ok"),
                (r"=z_i(1-z_i)", "wrong"),
            ],
        ),
        (
            [r"z_i=\frac{e^{a_i}}{\sum_{k=1}^n e^{a_k}}"],
            [],
            [
                (r"\frac{\partial z_i}{\partial a_{i=j}}=z_i(1-z_i)", "ok"),
                (r"\frac{\partial z_i}{\partial a_{j\ne i}}=z_i(1-z_j)", "wrong"),
                (r"\frac{\partial z_{i=j}}{\partial a_{j}}=z_j(1-z_j)", "ok"),
                (r"\frac{\partial z_{i\neq j}}{\partial a_{j}}=-z_iz_j", "ok"),
                (r"\left.\frac{\partial z_i}{\partial a_j}\right|_{i=j}=z_i(1-z_i)", "ok"),
                (r"\left.\frac{\partial z_i}{\partial a_j}\right|_{i\neq j}=-z_iz_j", "ok"),
                (r"\left.\frac{\partial z_i}{\partial a_j}\right|_{i\neq j}=z_iz_j", "wrong"),
                (r"\frac{\partial z_i}{\partial a_j}\Big|_{j=i}=z_i(1-z_i)", "ok"),
                (r"\frac{\partial z_i}{\partial a_j}=z_i(1-z_i)\quad(i=j)", "ok"),
                (r"\frac{\partial z_i}{\partial a_j}=-z_iz_j,\ i\neq j", "ok"),
            ],
        ),
        (
            [r"z_i=\frac{e^{a_i}}{\sum_{k=1}^n e^{a_k}}"],
            [],
            [
                (r"\frac{\partial z_i}{\partial a_j}=z_i(1-z_i)\ \text{if}\ i=j", "ok"),
                (r"i=j:\ \frac{\partial z_i}{\partial a_j}=z_i(1-z_i)", "ok"),
                (r"(i\neq j)\quad\frac{\partial z_i}{\partial a_j}=-z_iz_j", "ok"),
                (r"i\neq j\implies\frac{\partial z_i}{\partial a_j}=-z_iz_j", "ok"),
                (r"i\neq j\implies\frac{\partial z_i}{\partial a_j}=z_iz_j", "?"),
                (r"\text{case } i=j:\frac{\partial z_i}{\partial a_j}=z_i(1-z_i)", "ok"),
            ],
        ),
    ],
    "n beside a sum without bounds": [
        (
            [r"J=\frac1n\sum_i(y_i-b)^2"],
            [],
            [
                (r"\frac{d^2J}{db^2}=2", "ok"),
                (r"\frac{dJ}{db}=-\frac2n\sum_i(y_i-b)", "ok"),
                (r"\frac{d^2J}{db^2}=3", "wrong"),
            ],
        ),
        (
            [r"J=\frac1{2m}\sum_i(y_i-b)^2"],
            [],
            [
                (r"\frac{d^2J}{db^2}=1", "ok"),
                (r"\frac{dJ}{db}=-\frac1m\sum_i(y_i-b)", "ok"),
                (r"\frac{dJ}{db}=b-\frac1m\sum_iy_i", "ok"),
                (r"\frac{dJ}{db}=\frac1m\sum_i(y_i-b)", "wrong"),
            ],
        ),
        (
            [r"J=\frac1N\sum_{i}(y_i-b)^2"],
            [],
            [
                (r"\frac{dJ}{db}=2(b-\bar y)", "?"),
                (r"\frac{dJ}{db}=\frac2N(Nb-\sum_i y_i)", "ok"),
            ],
        ),
        (
            [r"J=\sum_i(y_i-b)^2"],
            [],
            [
                (r"\frac{dJ}{db}=2nb-2\sum_i y_i", "ok"),
            ],
        ),
        (
            [r"J=\sum_i(y_i-b)^2"],
            [],
            [
                (r"\frac{dJ}{db}=2(Nb-\sum_i y_i)", "ok"),
            ],
        ),
        (
            [r"\mu=\frac1m\sum_i x_i"],
            [],
            [
                (r"\frac{\partial\mu}{\partial x_i}=\frac1m", "ok"),
                (r"\sum_i\frac{\partial\mu}{\partial x_i}=1", "ok"),
            ],
        ),
        (
            [r"\mu=\frac1n\sum_i x_i", r"v=\frac1n\sum_i(x_i-\mu)^2"],
            [],
            [
                (r"\frac{\partial v}{\partial x_j}=\frac2n(x_j-\mu)", "ok"),
                (r"v=\frac1n\sum_i x_i^2-\mu^2", "ok"),
            ],
        ),
        (
            [r"J=\frac{1}{|D|}\sum_i(y_i-b)^2"],
            [],
            [
                (r"\frac{d^2J}{db^2}=2", "ok"),
            ],
        ),
    ],
    "counts": [
        (
            [r"J=\frac1{nm}\sum_i\sum_j(y_{ij}-b)^2"],
            [],
            [
                (r"\frac{d^2J}{db^2}=2", "ok"),
                (r"\frac{d^2J}{db^2}=2n", "wrong"),
            ],
        ),
        (
            [r"J=\frac1n\sum_i(y_i-b)^2"],
            [],
            [
                (r"\frac{d^2J}{db^2}=2", "ok"),
                (r"\frac{d^2J}{db^2}=n-1", "wrong"),
                (r"\frac{d^2J}{db^2}=4/n", "wrong"),
            ],
        ),
    ],
    "fixed letter among summed": [
        (
            [r"F=-x_m+\log\sum_{k=1}^n e^{x_k}", r"t_j=\mathbb{1}(j=m)"],
            [],
            [
                (r"\frac{\partial F}{\partial x_j}=\frac{e^{x_j}}{\sum_{k=1}^n e^{x_k}}-t_j", "ok"),
                (
                    r"\frac{\partial F}{\partial x_j}=\frac{e^{x_j}}{\sum_{k=1}^n e^{x_k}}+t_j",
                    "wrong",
                ),
            ],
        ),
        (
            [
                r"E=-u_m+\log\sum_{k=1}^V e^{u_k}",
                r"t_j=\mathbb{1}(j=m)",
                r"y_j=\frac{e^{u_j}}{\sum_{k=1}^V e^{u_k}}",
            ],
            [],
            [
                (r"\frac{\partial E}{\partial u_j}=y_j-t_j", "ok"),
                (r"\frac{\partial E}{\partial u_j}=t_j-y_j", "wrong"),
                (r"\frac{\partial E}{\partial u_m}=y_m-1", "ok"),
                (r"\frac{\partial E}{\partial u_j}=y_j", "?"),
            ],
        ),
        (
            [r"E=-u_{c}+\log\sum_{j} e^{u_j}", r"y_j=\frac{e^{u_j}}{\sum_{k} e^{u_k}}"],
            [],
            [
                (r"\frac{\partial E}{\partial u_j}=y_j-\mathbb{1}_{j=c}", "ok"),
                (r"\frac{\partial E}{\partial u_j}=y_j-[j=c]", "ok"),
                (r"\frac{\partial E}{\partial u_j}=y_j-\delta_{jc}", "ok"),
                (r"\frac{\partial E}{\partial u_j}=y_j-\mathbf{1}\{j=c\}", "ok"),
                (r"\frac{\partial E}{\partial u_j}=y_j-\mathbb{I}(j=c)", "ok"),
                (r"\frac{\partial E}{\partial u_j}=y_j-1\{j=c\}", "ok"),
                (r"\frac{\partial E}{\partial u_j}=y_j-\mathbb{1}[c=j]", "ok"),
                (r"\frac{\partial E}{\partial u_j}=y_j-\mathbb{I}_{\{j=c\}}", "ok"),
                (r"\frac{\partial E}{\partial u_j}=y_j+\mathbb{1}_{j=c}", "wrong"),
                (r"\frac{\partial E}{\partial u_j}=y_j-\delta_{j,c}", "ok"),
            ],
        ),
        (
            [r"E=-u_{c}+\log\sum_{j} e^{u_j}", r"y_j=\frac{e^{u_j}}{\sum_{k} e^{u_k}}"],
            [],
            [
                (r"\frac{\partial E}{\partial u_j}=y_j-\delta_{cj}", "ok"),
                (r"\frac{\partial E}{\partial u_j}=y_j-\delta_j^c", "ok"),
                (r"\frac{\partial E}{\partial u_j}=2y_j-\delta_{jc}", "wrong"),
                (
                    r"\frac{\partial E}{\partial u_j}=\begin{cases}y_j-1&j=c\\y_j&j\neq c\end{cases}",
                    "ok",
                ),
                (
                    r"\frac{\partial E}{\partial u_j}=\begin{cases}y_j-1&\text{if }j=c\\y_j&\text{otherwise}\end{cases}",
                    "ok",
                ),
                (
                    r"\frac{\partial E}{\partial u_j}=\begin{cases}y_j&j=c\\y_j-1&j\neq c\end{cases}",
                    "wrong",
                ),
                (r"\frac{\partial E}{\partial u_j}=y_j-1\quad\text{if }j=c", "ok"),
                (r"\frac{\partial E}{\partial u_j}=y_j\quad\text{for }j\neq c", "ok"),
                (r"\frac{\partial E}{\partial u_j}=y_j-1\quad\text{for }j\neq c", "wrong"),
                (r"\frac{\partial E}{\partial u_c}=y_c-1", "ok"),
            ],
        ),
        (
            [r"E=-u_{c}+\log\sum_{j} e^{u_j}", r"y_j=\frac{e^{u_j}}{\sum_{k} e^{u_k}}"],
            [],
            [
                (r"\frac{\partial E}{\partial u_c}=y_c", "wrong"),
            ],
        ),
        (
            [r"p_i=\frac{e^{x_i}}{\sum_{k=1}^n e^{x_k}}", r"F=-\log p_t"],
            [r"i\neq t"],
            [
                (r"\frac{\partial F}{\partial x_i}=p_i", "ok"),
                (r"\frac{\partial F}{\partial x_i}=-p_i", "wrong"),
            ],
        ),
        (
            [r"p_i=\frac{e^{x_i}}{\sum_{k=1}^n e^{x_k}}", r"F=-\log p_t"],
            [],
            [
                (r"\frac{\partial F}{\partial x_i}=p_i-\delta_{it}", "ok"),
                (r"\frac{\partial F}{\partial x_i}=p_i-\delta_{ti}", "ok"),
                (r"\frac{\partial F}{\partial x_i}=p_i-\mathbb 1[i=t]", "ok"),
                (r"\frac{\partial F}{\partial x_i}=p_i-[i=t]", "ok"),
                (r"\frac{\partial F}{\partial x_i}=p_i-1_{i=t}", "ok"),
                (r"\frac{\partial F}{\partial x_i}=p_i-\mathbf 1(i=t)", "ok"),
                (r"\frac{\partial F}{\partial x_i}=p_i+\delta_{it}", "wrong"),
                (r"\frac{\partial F}{\partial x_t}=p_t-1", "ok"),
                (r"\frac{\partial F}{\partial x_t}=p_t", "wrong"),
                (r"\frac{\partial p_t}{\partial x_i}=p_t(\delta_{it}-p_i)", "ok"),
            ],
        ),
        (
            [r"p_i=\frac{e^{x_i}}{\sum_{k=1}^n e^{x_k}}", r"F=-\log p_t"],
            [],
            [
                (r"\frac{\partial p_t}{\partial x_i}=p_i(\delta_{it}-p_t)", "ok"),
                (r"\frac{\partial p_t}{\partial x_i}=p_i(\delta_{it}-p_i)", "wrong"),
                (r"\frac{\partial p_i}{\partial x_j}=p_i(\delta_{ij}-p_j)", "ok"),
                (r"\frac{\partial p_i}{\partial x_j}=p_i(1_{i=j}-p_j)", "ok"),
                (r"\frac{\partial p_i}{\partial x_j}=p_i(\mathbf 1\{i=j\}-p_j)", "ok"),
            ],
        ),
        (
            [r"p_i=\frac{e^{x_i}}{\sum_{k=1}^n e^{x_k}}", r"L=-\log p_y"],
            [],
            [
                (r"\frac{\partial L}{\partial x_i}=p_i-\mathbb{1}[i=y]", "ok"),
                (r"\frac{\partial L}{\partial x_i}=p_i-\mathbb{1}(y=i)", "ok"),
                (r"\frac{\partial L}{\partial x_i}=p_i-y_i", "?"),
                (r"\frac{\partial L}{\partial x_i}=p_i-\delta_{iy}", "ok"),
                (r"\frac{\partial L}{\partial x_y}=p_y-1", "ok"),
                (r"\frac{\partial L}{\partial x_i}=p_i+\mathbb{1}[i=y]", "wrong"),
                (r"\frac{\partial L}{\partial x_i}=p_i", "?"),
            ],
        ),
        (
            [r"p_i=\frac{e^{x_i}}{\sum_{k=1}^n e^{x_k}}", r"F=-(1-p_t)^\gamma \log(p_t)"],
            [r"i\neq t"],
            [
                (
                    r"\frac{\partial F}{\partial x_i} = (1-p_t)^{\gamma-1}\left [  \gamma(-p_t p_i)\log(p_t)+p_i(1-p_t)\right ]",
                    "ok",
                ),
                (
                    r"\frac{\partial F}{\partial p_t} = (1 - p_t)^{\gamma - 1} (\gamma \log(p_t) - 1 / p_t + 1)",
                    "ok",
                ),
            ],
        ),
        (
            [r"s_j=w_j^Tx", r"L=\max(0,s_j-s_y+1)"],
            [],
            [
                (r"\frac{\partial L}{\partial s_y}=-1\text{ if }s_j-s_y+1>0", "?"),
            ],
        ),
        (
            [r"L=\frac12\sum_j(y_j-t_j)^2"],
            [],
            [
                (r"\frac{\partial L}{\partial y_m}=y_m-t_m", "ok"),
                (r"\frac{\partial L}{\partial y_t}=y_t-t_t", "ok"),
                (r"\frac{\partial L}{\partial y_m}=t_m-y_m", "?"),
            ],
        ),
    ],
    "operator before a sum": [
        (
            [r"y=b+wh"],
            [],
            [
                (r"\frac{\partial y}{\partial h}=\frac{\partial}{\partial h}b+wh=w", "ok"),
                (r"\frac{\partial y}{\partial h}=\frac{\partial}{\partial h}b+wh", "ok"),
                (r"\frac{\partial y}{\partial h}=\frac{\partial}{\partial h}b+wh=2w", "?"),
                (
                    r"\frac{\partial y}{\partial h}=\frac{\partial}{\partial h}b+\frac{\partial}{\partial h}wh=w",
                    "ok",
                ),
                (r"\frac{\partial y}{\partial h}=\partial_h b+wh=w", "ok"),
                (r"\nabla_h y=\nabla_h b+wh=w", "ok"),
                (r"\frac{\partial y}{\partial h}=\frac{\partial}{\partial h}b+w=w", "ok"),
            ],
        ),
        (
            [],
            [],
            [
                (r"\frac{d}{dx}x^2+3x=2x+3", "ok"),
                (r"\frac{d}{dx}x^2+3x=2x+3x", "ok"),
                (r"\frac{d}{dx}x^2+3x=2x+4", "wrong"),
                (r"\frac{d}{dx}x^2-3x=2x-3", "ok"),
                (r"\frac{d}{db}-yb=-y", "ok"),
                (r"\frac{d}{db}-yb=y", "wrong"),
                (r"\frac{d}{dx}-x^2=-2x", "ok"),
                (r"\frac{d}{dx}-\log x=-\frac1x", "ok"),
                (r"\frac{\partial}{\partial x}-y\log x-z=-\frac yx", "ok"),
                (r"\nabla_x -x^2=-2x", "ok"),
            ],
        ),
        (
            [],
            [],
            [
                (r"\partial_x -x^2=-2x", "ok"),
                (r"\frac{d}{dx}+x^2=2x", "ok"),
                (r"\left(\frac{d}{dx}-x^2\right)e^{x}=-2xe^x", "ok"),
                (r"\frac{\mathrm d}{\mathrm dx}x^2+\sin x=2x+\cos x", "ok"),
                (r"3x+\frac{d}{dx}x^2+x=5x+1", "ok"),
                (r"\frac{d}{dx}-x^2=-3x", "wrong"),
            ],
        ),
        (
            [r"L=\sum_n e^{-y_n(wx_n+b)}"],
            [],
            [
                (
                    r"\frac{\partial L}{\partial b}=\sum_n\left(\frac{\partial}{\partial b}-y_n(wx_n+b)\right)e^{-y_n(wx_n+b)}",
                    "ok",
                ),
            ],
        ),
    ],
    "call with square brackets": [
        (
            None,
            [],
            [
                (r"\text{f}[x,p]=p+x", "def"),
                (r"\frac{\partial f}{\partial p}=1", "ok"),
                (r"\frac{\partial f}{\partial p}=2", "wrong"),
            ],
        ),
        (
            None,
            [],
            [
                (r"\text{loss}[w]=(w-a)^2", "def"),
                (r"\frac{d\,\text{loss}}{dw}=2(w-a)", "ok"),
                (r"\frac{d}{dw}\text{loss}[w]=2(w-a)", "ok"),
            ],
        ),
        (
            None,
            [],
            [
                (r"\mathrm{f}[x]=x^2", "def"),
                (r"\mathrm{f}'[x]=2x", "ok"),
                (r"\frac{d\mathrm{f}}{dx}=3x", "wrong"),
            ],
        ),
        (
            None,
            [],
            [
                (r"f[x]=x^3", "def"),
                (r"\frac{\partial f[x]}{\partial x}=3x^2", "ok"),
            ],
        ),
        (
            None,
            [],
            [
                (r"\text{g}(x)=x^3", "def"),
                (r"g'(x)=3x^2", "ok"),
                (r"\text{g}'(x)=2x^2", "wrong"),
            ],
        ),
        (
            None,
            [],
            [
                (r"L[\phi]=(\phi-a)^2", "def"),
                (r"\frac{\partial L}{\partial \phi}=2(\phi-a)", "ok"),
                (r"\frac{\partial L[\phi]}{\partial \phi}=2(\phi+a)", "wrong"),
            ],
        ),
    ],
    "a function defined anew": [
        (
            None,
            [],
            [
                (r"f(x)=x^2", "def"),
                (r"f'(x)=2x", "ok"),
                (r"f(x)=\sin x", "def"),
                (r"f'(x)=\cos x", "ok"),
                (r"f'(x)=2x", "wrong"),
            ],
        ),
        (
            None,
            [],
            [
                (r"f(x)=x^2", "def"),
                (r"f(x)=\sin x", "def"),
                (r"f'(x)=\cos x", "ok"),
            ],
        ),
        (
            None,
            [],
            [
                (r"g(z)=e^z", "def"),
                (r"\frac{dg}{dz}=e^z", "ok"),
                (r"g(z)=\log z", "def"),
                (r"\frac{dg}{dz}=\frac1z", "ok"),
                (r"\frac{dg}{dz}=e^z", "wrong"),
            ],
        ),
        (
            None,
            [],
            [
                (r"y=x^2", "def"),
                (r"\frac{dy}{dx}=2x", "ok"),
                (r"y=x^3", "def"),
                (r"\frac{dy}{dx}=3x^2", "ok"),
                (r"\frac{dy}{dx}=2x", "wrong"),
            ],
        ),
        (
            None,
            [],
            [
                (r"L(w)=(w-1)^2", "def"),
                (r"L(w)=(w-1)^2+\lambda w^2", "def"),
                (r"L'(w)=2(w-1)+2\lambda w", "ok"),
                (r"L'(w)=2(w-1)+\lambda w", "wrong"),
            ],
        ),
        (
            None,
            [],
            [
                (r"f(x)=x^2", "def"),
                (r"f(x)=x\cdot x", "ok"),
                (r"f'(x)=2x", "ok"),
            ],
        ),
        (
            None,
            [],
            [
                (r"f(x)=x^2", "def"),
                (r"f(t)=t^3", "def"),
                (r"f'(t)=3t^2", "ok"),
            ],
        ),
    ],
    "rules that are given": [
        (
            None,
            [],
            [
                (r"\epsilon^2=0", "ok"),
                (r"(a+b\epsilon)^2=a^2+2ab\epsilon", "ok"),
                (r"(a+b\epsilon)^2=a^2+ab\epsilon", "wrong"),
            ],
        ),
        (
            None,
            [],
            [
                (r"\varepsilon^2=0", "ok"),
                (r"(x+\varepsilon)^3=x^3+3x^2\varepsilon", "ok"),
            ],
        ),
        (
            None,
            [],
            [
                (r"f(x)=x^2", "def"),
                (r"\epsilon^2=0", "ok"),
                (r"f(x+\epsilon)=x^2+2x\epsilon", "ok"),
            ],
        ),
        (
            None,
            [],
            [
                (r"i^2=-1", "ok"),
                (r"(a+bi)(a-bi)=a^2+b^2", "?"),
            ],
        ),
        (
            [r"z=a+b\epsilon"],
            [r"\epsilon^2=0"],
            [
                (r"z^2=a^2+2ab\epsilon", "ok"),
                (r"z^2=a^2+2ab\epsilon+b^2", "wrong"),
            ],
        ),
        (
            None,
            [],
            [
                (r"c^2+s^2=1", "ok"),
                (r"(c+s)^2=1+2cs", "?"),
            ],
        ),
    ],
    "symmetric": [
        (
            [r"A=A^T", r"f=x^TAx"],
            [],
            [
                (r"\nabla_x f=2Ax", "ok"),
                (r"\nabla_x f=Ax", "wrong"),
                (r"\nabla_x f=(A+A^T)x", "ok"),
            ],
        ),
        (
            [r"A^\top=A", r"f=x^TAx"],
            [],
            [
                (r"\nabla_x f=2Ax", "ok"),
            ],
        ),
        (
            [r"f=x^TAx"],
            [r"A=A^T"],
            [
                (r"\nabla_x f=2Ax", "ok"),
                (r"\nabla_x f=3Ax", "wrong"),
            ],
        ),
        (
            [r"f=x^TAx"],
            [r"A=\frac{1}{2}(A+A^T)"],
            [
                (r"\nabla_x f=2Ax", "ok"),
            ],
        ),
        (
            [r"f=x^TAx", r"A=(A+A^T)/2"],
            [],
            [
                (r"\nabla_x f=2Ax", "ok"),
                (r"\nabla_x f=Ax", "wrong"),
            ],
        ),
        (
            None,
            [],
            [
                (r"f(x)=x^TAx", "def"),
                (r"A=A^\top", "ok"),
                (r"\nabla_x f(x)=2Ax", "ok"),
            ],
        ),
        (
            None,
            [],
            [
                (r"f(x)=\frac12x^TAx-b^Tx", "def"),
                (r"A^T=A", "ok"),
                (r"\nabla f(x)=Ax-b", "ok"),
                (r"\nabla f(x)=Ax+b", "wrong"),
            ],
        ),
        (
            [r"f=x^TAx"],
            [r"A\in\mathbb{R}^{n\times n}", r"x\in\mathbb{R}^n", r"A=A^T"],
            [
                (r"\nabla_x f=2Ax", "ok"),
            ],
        ),
    ],
    "nabla without a variable": [
        (
            [r"f=x^Tx"],
            [],
            [
                (r"\nabla f=2x", "ok"),
                (r"\nabla f=x", "wrong"),
            ],
        ),
        (
            [r"f(x)=x^Tx"],
            [],
            [
                (r"\nabla f(x)=2x", "ok"),
                (r"\nabla f=2x", "ok"),
                (r"\nabla f(x)=3x", "wrong"),
                (r"\nabla f(x_0)=2x_0", "ok"),
            ],
        ),
        (
            [r"L=(w-a)^2"],
            [],
            [
                (r"\nabla L=2(w-a)", "?"),
            ],
        ),
        (
            [],
            [],
            [
                (r"\nabla q(z)=q(z)\nabla\log q(z)", "ok"),
                (r"\nabla_\theta q(\theta)=q(\theta)\nabla_\theta\log q(\theta)", "ok"),
                (r"\nabla p(x)=p(x)\nabla\log p(x)", "ok"),
                (r"\nabla q(z)=2q(z)\nabla\log q(z)", "wrong"),
                (r"\nabla\log q(z)=\frac{\nabla q(z)}{q(z)}", "ok"),
            ],
        ),
        (
            [r"J(\theta)=\frac12\|X\theta-y\|^2"],
            [],
            [
                (r"\nabla J(\theta)=X^T(X\theta-y)", "ok"),
                (r"\nabla J=X^T(X\theta-y)", "ok"),
                (r"\nabla J(\theta)=X^T(y-X\theta)", "wrong"),
                (r"\nabla^2J(\theta)=X^TX", "?"),
            ],
        ),
        (
            [r"J=\frac12\|Xw-y\|^2"],
            [],
            [
                (r"\nabla_w J=X^T(Xw-y)", "ok"),
                (r"\nabla J(w)=X^T(Xw-y)", "ok"),
            ],
        ),
    ],
    "gradients as tuples": [
        (
            [r"f(x_1,x_2)=x_1x_2"],
            [],
            [
                (r"\nabla f(\mathbf{x})=(x_2,x_1)^\top", "ok"),
                (r"\nabla f=(x_2,x_1)", "ok"),
                (r"\nabla f(x_1,x_2)=(x_2,x_1)", "ok"),
                (r"\nabla f(\mathbf{x})=(x_1,x_2)^\top", "wrong"),
                (r"\nabla f(x)=\begin{pmatrix}x_2\\x_1\end{pmatrix}", "ok"),
                (r"\nabla f=[x_2,x_1]^T", "ok"),
                (r"\nabla f=\left\langle x_2,x_1\right\rangle", "ok"),
                (r"\nabla f(\mathbf x)=\begin{bmatrix}x_2&x_1\end{bmatrix}", "ok"),
                (
                    r"\nabla f=\left(\frac{\partial f}{\partial x_1},\frac{\partial f}{\partial x_2}\right)=(x_2,x_1)",
                    "ok",
                ),
                (r"\nabla^2f=\begin{pmatrix}0&1\\1&0\end{pmatrix}", "ok"),
            ],
        ),
        (
            [r"f(x_1,x_2)=x_1x_2"],
            [],
            [
                (r"\nabla^2f(\mathbf x)=\begin{bmatrix}0&1\\1&0\end{bmatrix}", "ok"),
                (r"\nabla^2f(\mathbf x)=\begin{bmatrix}1&1\\1&0\end{bmatrix}", "wrong"),
            ],
        ),
        (
            [r"f(x,y)=x^2y+y^3"],
            [],
            [
                (r"\nabla f=(2xy,x^2+3y^2)", "ok"),
                (r"\nabla f(x,y)=\begin{pmatrix}2xy\\x^2+3y^2\end{pmatrix}", "ok"),
                (r"\nabla f(x,y)=\begin{bmatrix}2xy&x^2+3y^2\end{bmatrix}", "ok"),
                (r"\nabla f(x,y)=(2xy,x^2+y^2)", "wrong"),
                (r"\nabla^2f(x,y)=\begin{pmatrix}2y&2x\\2x&6y\end{pmatrix}", "ok"),
                (r"\nabla^2f=\begin{pmatrix}2y&2x\\2x&6y\end{pmatrix}", "ok"),
                (r"\nabla^2f=\begin{pmatrix}2y&2x\\x&6y\end{pmatrix}", "wrong"),
                (r"\nabla^2f=2y+6y", "ok"),
                (r"\nabla f(1,2)=(4,13)", "ok"),
                (r"\nabla f(1,2)=(4,12)", "wrong"),
            ],
        ),
        (
            [r"f(x,y)=x^2y+y^3"],
            [],
            [
                (r"\nabla_{x,y} f=(2xy,x^2+3y^2)", "ok"),
                (r"\nabla f=2xy\,\mathbf{i}+(x^2+3y^2)\mathbf{j}", "?"),
            ],
        ),
        (
            [r"f(\mathbf{x})=x_1^2+3x_2^2"],
            [],
            [
                (r"\nabla f(\mathbf{x})=(2x_1,6x_2)^T", "ok"),
                (r"\nabla f(\mathbf{x})=(2x_1,3x_2)^T", "wrong"),
                (r"\nabla^2 f(\mathbf{x})=\begin{pmatrix}2&0\\0&6\end{pmatrix}", "ok"),
            ],
        ),
        (
            [r"f(w,b)=(wx+b-y)^2"],
            [],
            [
                (
                    r"\nabla f=\begin{bmatrix}\frac{\partial f}{\partial w}\\\frac{\partial f}{\partial b}\end{bmatrix}=\begin{bmatrix}2x(wx+b-y)\\2(wx+b-y)\end{bmatrix}",
                    "ok",
                ),
                (r"\nabla f=\begin{bmatrix}2(wx+b-y)\\2x(wx+b-y)\end{bmatrix}", "wrong"),
            ],
        ),
        (
            [r"f(x_1,x_2)=\exp(\pi\cdot x_1)-\sin(\pi\cdot x_2)+\pi\cdot x_1\cdot x_2"],
            [],
            [
                (r"\nabla f(\mathbf{x})=\pi\cdot(\exp(\pi x_1)+x_2,-\cos(\pi x_2)+x_1)^\top", "ok"),
                (
                    r"\nabla^2 f(\mathbf{x})=\pi\cdot\begin{pmatrix}\pi\exp(\pi x_1)&1\\1&\pi\sin(\pi x_2)\end{pmatrix}",
                    "ok",
                ),
                (
                    r"\nabla^2 f(\mathbf{x})=\pi\cdot\begin{pmatrix}\pi\exp(\pi x_1)&1\\1&-\pi\sin(\pi x_2)\end{pmatrix}",
                    "?",
                ),
            ],
        ),
        (
            [r"f(x,y)=xy"],
            [],
            [
                (
                    r"J=\begin{pmatrix}\frac{\partial f}{\partial x}&\frac{\partial f}{\partial y}\end{pmatrix}=\begin{pmatrix}y&x\end{pmatrix}",
                    "ok",
                ),
            ],
        ),
    ],
    "bold beside light": [
        (
            [r"u=x-c"],
            [r"x\in\mathbb{R}^d", r"c\in\mathbb{R}^d"],
            [
                (
                    r"\frac{\partial\Vert\mathbf{x}-\mathbf{c}\Vert^2_2}{\partial\mathbf{x}}=2(\mathbf{x}-\mathbf{c})^\top",
                    "ok",
                ),
                (
                    r"\frac{\partial\|\mathbf{x}-\mathbf{c}\|_2}{\partial\mathbf{x}}=\frac{(\mathbf{x}-\mathbf{c})^\top}{\|\mathbf{x}-\mathbf{c}\|_2}",
                    "ok",
                ),
                (
                    r"\frac{\partial\|\mathbf{x}-\mathbf{c}\|^2}{\partial\mathbf{x}}=(\mathbf{x}-\mathbf{c})^\top",
                    "wrong",
                ),
                (r"\nabla_x\|x-c\|_2^2=2(x-c)", "ok"),
                (r"\nabla_x\|x-c\|^2=2u", "ok"),
                (r"\nabla_x\Vert x-c\Vert^{2}_{2}=2u", "ok"),
                (r"\nabla_x\Vert x-c\Vert_2=u/\Vert u\Vert_2", "ok"),
            ],
        ),
        (
            [r"J=\|w\|_2^2"],
            [r"w\in\mathbb{R}^d"],
            [
                (r"\nabla_{\mathbf w}J=2\mathbf{w}", "ok"),
                (r"\nabla_{\boldsymbol w}J=\mathbf{w}", "wrong"),
                (r"\frac{\partial J}{\partial w_j}=2w_j", "ok"),
            ],
        ),
        (
            [r"J=\Vert w\Vert^2_2+\Vert w\Vert_1"],
            [r"w\in\mathbb{R}^d", r"w>0"],
            [
                (r"\frac{\partial J}{\partial w_j}=2w_j+1", "ok"),
            ],
        ),
        (
            [r"J=\|A\|_F^2"],
            [r"A\in\mathbb{R}^{m\times n}"],
            [
                (r"\nabla_A J=2A", "ok"),
                (r"\frac{\partial\|A\|^2_F}{\partial A}=2A", "ok"),
            ],
        ),
    ],
    "elements": [
        (
            [r"z^{(t)}=W_h h^{(t-1)}"],
            [],
            [
                (r"\frac{\partial z_p^{(k)}}{\partial h_j^{(k-1)}}=W_{h,pj}", "?"),
                (r"\frac{\partial z_p^{(k)}}{\partial h_j^{(k-1)}}=W_{h,jp}", "?"),
            ],
        ),
        (
            [r"z_i=\theta^T x_i"],
            [],
            [
                (r"\frac{\partial z_i}{\partial\theta_k}=x_{ik}", "ok"),
                (r"\frac{\partial z_i}{\partial\theta_k}=x_{i,k}", "ok"),
                (r"\frac{\partial z_i}{\partial\theta_k}=2x_{ik}", "?"),
            ],
        ),
        (
            [r"z_i=w^\top x_i", r"L=\sum_i(z_i-y_i)^2"],
            [],
            [
                (r"\frac{\partial L}{\partial w_j}=2\sum_i(z_i-y_i)x_{ij}", "ok"),
                (r"\frac{\partial L}{\partial w_j}=\sum_i(z_i-y_i)x_{ij}", "?"),
            ],
        ),
        (
            [r"z=Wx+b"],
            [],
            [
                (r"\frac{\partial z_i}{\partial W_{ij}}=x_j", "ok"),
                (r"\frac{\partial z_i}{\partial x_j}=W_{ij}", "ok"),
                (r"\frac{\partial z_i}{\partial x_j}=W_{ji}", "?"),
                (r"\frac{\partial z_i}{\partial x_j}=W_{i,j}", "ok"),
                (r"\frac{\partial z_i}{\partial x_j}=w_{ij}", "?"),
            ],
        ),
        (
            [r"z^{(l)}=W^{(l)}a^{(l-1)}"],
            [],
            [
                (r"\frac{\partial z_i^{(l)}}{\partial a_j^{(l-1)}}=W_{ij}^{(l)}", "ok"),
                (r"\frac{\partial z_i^{(l)}}{\partial a_j^{(l-1)}}=w^{(l)}_{ij}", "?"),
            ],
        ),
    ],
    "intermediates": [
        (
            None,
            [],
            [
                (r"y=\sin(x^2)", "def"),
                (r"u=x^2", "def"),
                (r"y=\sin(u)", "ok"),
                (r"\frac{dy}{dx}=\frac{dy}{du}\frac{du}{dx}", "ok"),
                (r"\frac{dy}{du}=\cos u", "ok"),
                (r"\frac{dy}{dx}=\cos(x^2)\cdot 2x", "ok"),
                (r"\frac{dy}{dx}=\cos(x^2)\cdot x", "wrong"),
            ],
        ),
        (
            [r"y=\sin(x^2)", r"u=x^2"],
            [],
            [
                (r"\frac{dy}{dx}=\frac{dy}{du}\frac{du}{dx}", "ok"),
                (r"\frac{dy}{du}=\cos u", "ok"),
                (r"\frac{dy}{du}=-\cos u", "wrong"),
            ],
        ),
        (
            None,
            [],
            [
                (r"f(x)=(3x+1)^4", "def"),
                (r"u=3x+1", "def"),
                (r"\frac{df}{dx}=\frac{df}{du}\cdot\frac{du}{dx}", "ok"),
                (r"\frac{df}{du}=4u^3", "ok"),
                (r"\frac{df}{du}=3u^3", "wrong"),
                (r"=4u^3\cdot 3", "wrong"),
            ],
        ),
        (
            None,
            [],
            [
                (r"L=(wx+b-y)^2", "def"),
                (r"z=wx+b", "def"),
                (r"\frac{\partial L}{\partial z}=2(z-y)", "ok"),
                (
                    r"\frac{\partial L}{\partial w}=\frac{\partial L}{\partial z}\frac{\partial z}{\partial w}",
                    "ok",
                ),
                (r"\frac{\partial L}{\partial w}=2(z-y)x", "ok"),
            ],
        ),
        (
            None,
            [],
            [
                (r"L=(\sigma(wx+b)-y)^2", "def"),
                (r"\hat y=\sigma(z)", "def"),
                (r"z=wx+b", "def"),
                (r"\frac{\partial L}{\partial \hat y}=2(\hat y-y)", "ok"),
                (r"\frac{\partial L}{\partial z}=2(\hat y-y)\hat y(1-\hat y)", "ok"),
            ],
        ),
    ],
    "approximately": [
        (
            [],
            [],
            [
                (r"\tanh(x)\approx x", "?"),
                (r"\sqrt{2}\approx1.414", "ok"),
                (r"\sqrt2\approx 1.424", "wrong"),
                (r"e\approx2.718", "ok"),
                (r"\pi\approx 3.14", "ok"),
                (r"\pi\approx 3.15", "wrong"),
                (r"\sin x\approx x", "?"),
                (r"\log(1+x)\approx x-\frac{x^2}{2}", "?"),
                (r"\frac{1}{3}\approx 0.33", "ok"),
                (r"\frac13\approx0.34", "wrong"),
            ],
        ),
    ],
    "what SymPy prints": [
        (
            [r"L=2 \,.\, a \,.\, x + a \,.\, \left(a + x\right)"],
            [],
            [
                (r"\frac{\partial L}{\partial a}=3 \,.\, x + 2 \,.\, a", "ok"),
                (r"\frac{\partial L}{\partial a}=3 \,.\, x + a", "wrong"),
            ],
        ),
        (
            [],
            [],
            [
                (
                    r"\frac{\partial}{\partial x} \sin{\left(x y \right)}=\frac{\partial}{\partial x} x y \left. \frac{d}{d u} \sin{\left(u \right)} \right|_{\substack{ u=x y }}",
                    "ok",
                ),
                (r"=y \cos{\left(x y \right)}", "ok"),
                (r"=x \cos{\left(x y \right)}", "wrong"),
            ],
        ),
        (
            [],
            [],
            [
                (
                    r"\frac{\partial}{\partial x} \cos{\left(x y \right)}=- \frac{\partial}{\partial x} x y \sin{\left(x y \right)}",
                    "ok",
                ),
                (
                    r"\frac{\partial}{\partial x} \cos{\left(x y \right)}=- \frac{\partial}{\partial x} x \cdot y \cdot \sin{\left(x y \right)}",
                    "ok",
                ),
                (
                    r"\frac{d}{d x} e^{x^{2}}=\frac{d}{d x} x^{2} \,.\, \left. \frac{d}{d u} e^{u} \right|_{\substack{ u=x^{2} }}",
                    "ok",
                ),
                (
                    r"\frac{d}{d x} e^{x^{2}}=\frac{d}{d x} x^{3} \left. \frac{d}{d u} e^{u} \right|_{\substack{ u=x^{2} }}",
                    "wrong",
                ),
            ],
        ),
        (
            [],
            [],
            [
                (
                    r"\frac{\partial}{\partial b} \left(b + w\right)^{3} \left(b w + 2\right)^{3}=\frac{\partial}{\partial b} \left(b + w\right) \left(b w + 2\right) \left. \frac{d}{d s} s^{3} \right|_{\substack{ s=\left(b + w\right) \left(b w + 2\right) }}",
                    "ok",
                ),
                (
                    r"=3 w \left(b + w\right)^{3} \left(b w + 2\right)^{2} + 3 \left(b + w\right)^{2} \left(b w + 2\right)^{3}",
                    "ok",
                ),
            ],
        ),
        (
            [r"L=\max\left(0, \theta x - x\right)"],
            [],
            [
                (r"\frac{\partial L}{\partial \theta}=x \theta\left(\theta x - x\right)", "ok"),
                (
                    r"\frac{\partial L}{\partial \theta}=2 x \theta\left(\theta x - x\right)",
                    "wrong",
                ),
            ],
        ),
        (
            [r"L=\operatorname{erf}4 \cdot w^{2}"],
            [],
            [
                (r"\frac{d L}{d w}=\frac{16 w e^{-16 w^{4}}}{\sqrt{\pi}}", "ok"),
                (r"\frac{d L}{d w}=\frac{8 w e^{-16 w^{4}}}{\sqrt{\pi}}", "wrong"),
            ],
        ),
    ],
    "what language models write": [
        (
            None,
            [],
            [
                (r"L=\frac12(y-\hat y)^2", "def"),
                (r"\boxed{\frac{\partial L}{\partial \hat y}=\hat y-y}", "ok"),
                (r"\boxed{\frac{\partial L}{\partial \hat y}=y-\hat y}", "wrong"),
                (
                    r"\frac{\partial L}{\partial \hat y}=\underbrace{(\hat y-y)}_{\text{error}}\cdot\underbrace{1}_{\partial\hat y/\partial\hat y}\tag{3}",
                    "ok",
                ),
                (r"\implies \frac{\partial L}{\partial \hat y}=\hat y-y", "ok"),
                (r"\therefore \frac{\partial L}{\partial \hat y}=\hat y-y\quad\blacksquare", "ok"),
                (r"\text{Step 1: } \frac{\partial L}{\partial \hat y}=\hat y-y", "ok"),
                (
                    r"\frac{\partial L}{\partial \hat y}=\hat y-y\quad\text{(by the chain rule)}",
                    "ok",
                ),
                (
                    r"\frac{\partial L}{\partial \hat y}=\hat y-y,\quad\text{where }\hat y\text{ is the prediction}",
                    "ok",
                ),
                (r"\frac{\partial L}{\partial \hat y}\;\overset{\text{(i)}}{=}\;\hat y-y", "ok"),
            ],
        ),
    ],
    "a letter before a bracket": [
        (
            [
                r"C=S e^{-qT}N(d_1)-K e^{-rT}N(d_2)",
                r"d_1=\frac{\ln(S/K)+(r-q+\frac{\sigma^2}{2})T}{\sigma\sqrt{T}}",
                r"d_2=d_1-\sigma\sqrt{T}",
            ],
            [],
            [
                (r"\frac{\partial C}{\partial S}=e^{-qT}N(d_1)", "?"),
                (r"\frac{\partial C}{\partial r}=KTe^{-rT}N(d_2)", "?"),
            ],
        ),
        (
            [r"J=\frac12(h_\theta(x)-y)^2"],
            [],
            [
                (r"\frac{\partial J}{\partial\theta_j}=(h_\theta(x)-y)x_j", "?"),
            ],
        ),
        (
            [r"L=\frac12(p(x)-y)^2", r"p(x)=wx"],
            [],
            [
                (r"\frac{\partial L}{\partial w}=(p(x)-y)x", "ok"),
                (r"\frac{\partial L}{\partial w}=(p(x)-y)w", "wrong"),
            ],
        ),
    ],
}
