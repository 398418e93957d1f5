"""Sums of days and months that are over, figures that take reading every user, and an index of who is archived."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('budgets', '0007_one_index_for_each_key'),
    ]

    operations = [
        migrations.CreateModel(
            name='OutlookFigures',
            fields=[
                ('project', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='budgets.project')),
                ('as_of', models.DateTimeField()),
                ('users', models.BigIntegerField(help_text='Archived ones aside.')),
                ('runs_out', models.BigIntegerField()),
                ('forecast', models.BigIntegerField(help_text='How many users have a forecast.')),
                ('spent_nanousd', models.BigIntegerField()),
                ('projected_nanousd', models.BigIntegerField()),
                ('soonest', models.JSONField(help_text='The ids of the users who run out first, in order.')),
            ],
        ),
        migrations.CreateModel(
            name='SettledSpend',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.CharField(choices=[('day', 'day'), ('month', 'month')], max_length=5)),
                ('hour', models.DateTimeField(help_text='The start of the day or the month, UTC.')),
                ('model', models.CharField(blank=True, max_length=255)),
                ('cost_nanousd', models.BigIntegerField()),
                ('entries', models.BigIntegerField()),
                ('shared_nanousd', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Settlement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('until', models.DateTimeField(help_text='A UTC midnight; what is before it is in SettledSpend.', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='UserFigures',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_day', models.DateField(help_text='UTC.')),
                ('as_of', models.DateTimeField()),
                ('active_users', models.BigIntegerField()),
                ('top_users', models.JSONField(help_text='The ids of the users who spent most, the most first.')),
                ('users_by_model', models.JSONField(help_text='{model: users}')),
            ],
        ),
        migrations.AddIndex(
            model_name='enduser',
            index=models.Index(condition=models.Q(('archived_at__isnull', False)), fields=['id'], name='end_user_archived'),
        ),
        migrations.AddField(
            model_name='settledspend',
            name='project',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='budgets.project'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='settlement_one_row'),
        ),
        migrations.AddField(
            model_name='userfigures',
            name='project',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='budgets.project'),
        ),
        migrations.AddIndex(
            model_name='settledspend',
            index=models.Index(fields=['step', 'hour'], name='budgets_set_step_c63f03_idx'),
        ),
        migrations.AddConstraint(
            model_name='settledspend',
            constraint=models.UniqueConstraint(fields=('project', 'step', 'hour', 'model'), name='settled_spend_once'),
        ),
        migrations.AddConstraint(
            model_name='settledspend',
            constraint=models.CheckConstraint(condition=models.Q(('cost_nanousd__range', (-4000000000000000000, 4000000000000000000))), name='settled_spend_cost_fits'),
        ),
        migrations.AddIndex(
            model_name='userfigures',
            index=models.Index(fields=['first_day'], name='budgets_use_first_d_ca9687_idx'),
        ),
        migrations.AddConstraint(
            model_name='userfigures',
            constraint=models.UniqueConstraint(fields=('project', 'first_day'), name='user_figures_once'),
        ),
    ]
